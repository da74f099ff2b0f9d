"""The `sluice` command: runs the platform on one machine, and what people script."""

__version__ = "0.1.0"
