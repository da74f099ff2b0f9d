"""`python -m bench`: runs everything, prints a table, writes `bench/results/latest.json`. Takes two minutes."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

from bench.idle import measure_idle
from bench.relay import measure_relay

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """All parts, one after the other, so that none disturbs another."""
    with tempfile.TemporaryDirectory() as folder:
        results = measure_idle(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        results |= asyncio.run(measure_relay(Path(folder)))
    print(f"\n{'what':62} {'measured':>12}  bar")
    for name, result in results.items():
        print(f"{name:62} {result.value:>9.2f} {result.unit:<3} {result.bar}")
    RESULTS.mkdir(exist_ok=True)
    values = {name: {"value": result.value, "unit": result.unit} for name, result in results.items()}
    (RESULTS / "latest.json").write_text(json.dumps(values, indent=2) + "\n")


if __name__ == "__main__":
    main()
