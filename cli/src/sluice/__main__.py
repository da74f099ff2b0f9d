"""`python -m sluice`, the same as `sluice`."""

from __future__ import annotations

from sluice.main import main

if __name__ == "__main__":
    main()
