"""`python -m sluice.demo`: what `make demo` runs. Exit codes: 0 done, 1 a step was refused, 2 nothing is running."""

from __future__ import annotations

import os
import sys

from sluice.demo.story import tell
from sluice.errors import CannotContinue
from sluice.settings import Settings


def main() -> int:
    """Prints what it does; a refusal is one plain sentence."""
    try:
        tell(Settings.from_environment(os.environ), say=print)
    except CannotContinue as error:
        sys.stderr.write(f"sluice demo: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
