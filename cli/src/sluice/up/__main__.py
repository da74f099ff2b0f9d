"""`python -m sluice.up`: what `make run` runs.

Exit codes: 0 stopped by Ctrl-C or SIGTERM, 1 something failed while running, 2 it could not be started.
"""

from __future__ import annotations

import asyncio
import os
import sys

from sluice.errors import CannotContinue
from sluice.settings import Settings
from sluice.up.checks import check_python
from sluice.up.console import Console
from sluice.up.launcher import launch


def main() -> int:
    """Starts the platform and stays until it is stopped."""
    # Databases hold hashes of passwords and secrets: nobody else reads them, whatever the folder's mode is.
    os.umask(0o077)
    try:
        check_python(sys.version_info[:2])
        settings = Settings.from_environment(os.environ)
        console = Console(sys.stdout, is_coloured=sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
        asyncio.run(launch(settings, environ=dict(os.environ), console=console))
    except CannotContinue as error:
        sys.stderr.write(f"sluice: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
