#!/bin/sh
# Makes .venv from requirements.lock and installs the workspace's packages in it; with "dev", requirements-dev.lock too.
#
# Needs Python 3.11 or newer, and either a uv on the PATH or Python's venv module, with which a uv of its own is put into
# .tools/uv. PYTHON names another interpreter. What is missing is said in one sentence. Running it again is harmless.
set -eu
cd "$(dirname "$0")/.."
what=${1:-runtime}

refuse() {
    echo "set-up: $1" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        command -v "$PYTHON" >/dev/null || refuse "PYTHON=$PYTHON is no program that can be run."
        is_new_enough "$PYTHON" || refuse "Sluice needs Python 3.11 or newer, and $PYTHON is $("$PYTHON" --version 2>&1)."
        echo "$PYTHON"
        return
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null && is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    found=$(command -v python3 >/dev/null && python3 --version 2>&1 || echo "no python3")
    refuse "Sluice needs Python 3.11 or newer, and here is $found; install one, or name it with PYTHON=…"
}

choose_uv() {
    if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
        command -v uv
        return
    fi
    if ! cmp -s scripts/uv-requirements.lock .tools/uv/made-from; then
        "$python" -c 'import venv, ensurepip' 2>/dev/null || refuse \
            "Python's venv module is missing: install it first (on Debian and Ubuntu: apt-get install python3-venv)."
        echo "set-up: installing uv into .tools/uv" >&2
        "$python" -m venv --clear .tools/uv >&2
        .tools/uv/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r scripts/uv-requirements.lock >&2
        cp scripts/uv-requirements.lock .tools/uv/made-from
    fi
    echo "$PWD/.tools/uv/bin/uv"
}

python=$(choose_python)
uv=$(choose_uv)
export VIRTUAL_ENV="$PWD/.venv" UV_PYTHON_DOWNLOADS=never UV_LINK_MODE="${UV_LINK_MODE:-copy}" UV_NO_CONFIG=1

# A virtual environment that does not run (another Python was removed, the folder was moved) is made anew.
if ! is_new_enough .venv/bin/python || ! .venv/bin/python -c 'import sys; sys.exit(sys.prefix != sys.argv[1])' "$VIRTUAL_ENV"; then
    echo "set-up: making .venv with $("$python" --version)" >&2
    rm -rf .venv
    "$uv" venv --quiet --python "$(command -v "$python")" .venv
fi

echo "set-up: installing what requirements.lock names" >&2
"$uv" pip install --quiet --require-hashes -r requirements.lock
if [ "$what" = dev ]; then
    echo "set-up: installing what requirements-dev.lock names" >&2
    "$uv" pip install --quiet --require-hashes -r requirements-dev.lock
fi

editables=
for project in libs/*/pyproject.toml services/*/pyproject.toml cli/pyproject.toml; do
    editables="$editables -e $(dirname "$project")"
done
# shellcheck disable=SC2086  # the words are wanted
PATH="$VIRTUAL_ENV/bin:$PATH" "$uv" pip install --quiet --offline --no-deps --no-build-isolation $editables
# Compiled once now, not by five processes at the first start.
.venv/bin/python -m compileall -q -j 0 .venv/lib libs/*/src services/*/src cli/src || true
