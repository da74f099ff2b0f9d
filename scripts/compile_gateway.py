"""Compiles the gateway's hot modules with mypyc, for the Python that runs this, beside the package as it is installed.

python scripts/compile_gateway.py

Needs a C compiler, and the packages mypy and setuptools; takes a minute or two. `gateway/compiled.py` says when the
result is used.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# What runs for each message and for each handshake. A package's __init__ is left out: it has no code.
_HOT = (
    "http1", "session", "handshake", "upstream", "policies", "routing",
    "access_log", "enforcement", "inspection", "metrics", "quotas", "reporting",
)  # fmt: skip

# Fakes that tests inherit from, modules that do nothing but wait, and a dataclass that mypyc cannot build.
_COLD = {
    "handshake/certificates.py",
    "handshake/drain.py",
    "handshake/listener.py",
    "handshake/proxied_server.py",
    "session/scripted_meter.py",
}

# What is asked of a token. Its package imports all of these, so they are taken together.
_HOT_IN_LIBRARY = ("compact.py", "memory.py", "principal.py", "signatures.py", "trust.py", "verifier.py")

_SETUP = """
from mypyc.build import mypycify
from setuptools import setup

def group(name, files):
    options = ["--config-file", "", "--follow-imports=silent"]
    return mypycify([*options, *files], opt_level="2", debug_level="0", group_name=name)

setup(name="sluice-gateway-compiled", ext_modules=[*group("tokens", {library!r}), *group("gateway", {files!r})])
"""


def main() -> None:
    """Replaces what an earlier run left only when all has been compiled."""
    os.environ["GATEWAY_COMPILED"] = "off"
    from gateway.compiled import DIGEST_FILE, FOLDER, PACKAGE, SUFFIX, digest, packages  # After the variable is set.

    files = [str(file.relative_to(PACKAGE.parent)) for file in _hot_files(PACKAGE)]
    library = [f"tokens/{name}" for name in _HOT_IN_LIBRARY]
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        copies = [made / package.name for package in packages()]
        for package, copy in zip(packages(), copies, strict=True):
            shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__", FOLDER.name))
        (made / "setup.py").write_text(_SETUP.format(files=files, library=library))
        command = [sys.executable, "setup.py", "--quiet", "build_ext", "--build-lib", "built"]
        subprocess.run(command, cwd=made, check=True)  # noqa: S603  # the command is ours
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir()
        for file in (made / "built").rglob(f"*{SUFFIX}"):
            module = ".".join(file.relative_to(made / "built").with_name(file.name.removesuffix(SUFFIX)).parts)
            shutil.copy(file, FOLDER / f"{module}{SUFFIX}")
        (FOLDER / DIGEST_FILE).write_text(digest(*copies))
    _check(FOLDER)
    print(f"compiled {len(files)} modules into {FOLDER}")  # noqa: T201  # what a command line says


def _check(folder: Path) -> None:
    """What cannot be imported must not be found by the next gateway that starts."""
    command = [sys.executable, "-c", "import gateway.bootstrap"]
    environment = {**os.environ, "GATEWAY_COMPILED": "required"}
    if subprocess.run(command, env=environment, check=False).returncode:  # noqa: S603  # the command is ours
        shutil.rmtree(folder)
        sys.exit("The compiled modules cannot be imported and were taken away again; the gateway runs as plain Python.")


def _hot_files(package: Path) -> list[Path]:
    files = (file for folder in _HOT for file in sorted((package / folder).glob("*.py")))
    return [f for f in files if f.name != "__init__.py" and str(f.relative_to(package)) not in _COLD]


if __name__ == "__main__":
    main()
