"""`python -m bench`: measures, prints tables, writes `bench/results/latest.json` and `latest.svg`.

--only S1,S4     these parts only (see --help)         --rounds 5     how often each is repeated
--quick          a rough picture in a few minutes      --candidates gateway,nginx
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from backing.unavailable import PartUnavailable
from bench.candidates import Candidate
from bench.enforcement import measure_enforcement
from bench.gateway import Gateway
from bench.idle import measure_idle
from bench.machine import describe, raise_file_limit
from bench.native import CannotCompile
from bench.plot import write_plot
from bench.processes import Result
from bench.report import print_table, print_verdicts, write_json
from bench.rounds import Arena, Row
from bench.scenarios import SCENARIOS, WSS_GATEWAY, Effort, Scenario
from bench.tunnels import find_tunnels
from bench.wss import IdleTlsSessions
from gateway.compiled import is_in_use

RESULTS = Path(__file__).parent / "results"
_IDLE, _ENFORCEMENT = "idle", "enforcement"
_SCENARIOS: tuple[Scenario, ...] = (*SCENARIOS, IdleTlsSessions())
_SESSIONS = 5_000
# As they are called in the table.
_CANDIDATES = ("gateway", "nginx", "nginx tuned", "HAProxy", "Caddy", "websockets", WSS_GATEWAY)


def main() -> None:
    """All parts, one after the other, so that none disturbs another."""
    arguments = _read_arguments()
    parts = arguments.only or _usual_parts(is_quick=arguments.quick)
    sessions = min(_SESSIONS, raise_file_limit())
    effort = Effort(1.0, 1_500, sessions // 3) if arguments.quick else Effort(2.0, 4_000, sessions)
    rounds = arguments.rounds or (1 if arguments.quick else 3)
    platform = _measure_idle() if _IDLE in parts else {}
    if _ENFORCEMENT in parts:
        platform |= _measure_enforcement(quick=arguments.quick)
    rows = _measure_relay(parts, _candidates(arguments.candidates), effort=effort, rounds=rounds)
    _report(platform, rows)


def _usual_parts(*, is_quick: bool) -> list[str]:
    """What has to start Kafka and PostgreSQL is left out of a quick run."""
    return [_IDLE, *([] if is_quick else [_ENFORCEMENT]), *(each.name for each in _SCENARIOS)]


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parts = _usual_parts(is_quick=False)
    parser.add_argument("--only", type=partial(_names, known=parts), help=f"of {','.join(parts)}")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--candidates", type=partial(_names, known=_CANDIDATES), help=f"of {','.join(_CANDIDATES)}")
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args()


def _names(text: str, *, known: Sequence[str]) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in known]:
        raise argparse.ArgumentTypeError(f"no {', '.join(unknown)} here; there are {', '.join(known)}")
    return names


def _candidates(wanted: Sequence[str] | None) -> list[Candidate]:
    tunnels, missing = find_tunnels()
    for name in missing:
        print(f"bench: {name} could not be had here and is not run")
    found: list[Candidate] = [Gateway(), *tunnels, Gateway(WSS_GATEWAY, is_tls=True)]
    return [each for each in found if wanted is None or each.name in wanted]


def _measure_idle() -> dict[str, Result]:
    print("bench: idle, takes a minute", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        return measure_idle(Path(folder))


def _measure_enforcement(*, quick: bool) -> dict[str, Result]:
    print("bench: enforcement, with Kafka and PostgreSQL, takes two minutes", flush=True)
    samples, bystanders = (50, 100) if quick else (200, 500)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return measure_enforcement(Path(folder), samples=samples, bystanders=bystanders)
    except PartUnavailable as error:
        print(f"bench: {error}; enforcement is not measured")
        return {}


def _measure_relay(parts: Sequence[str], candidates: Sequence[Candidate], *, effort: Effort, rounds: int) -> list[Row]:
    chosen = [each for each in _SCENARIOS if each.name in parts]
    rows: list[Row] = []
    if not chosen:
        return rows
    try:
        with Arena(candidates, effort=effort, rounds=rounds) as arena:
            for scenario in chosen:
                rows += arena.measure(scenario)
    except CannotCompile as error:
        print(f"bench: {error} No proxy is measured.")
    return rows


def _report(platform: dict[str, Result], rows: Sequence[Row]) -> None:
    machine = f"{describe()}; gateway {'compiled' if is_in_use() else 'as plain Python'}"
    print(f"\n\n{machine}")
    for name, result in platform.items():
        print(f"{name:60}{result.value:>9.2f} {result.unit:<3} bar {result.bar}")
    RESULTS.mkdir(exist_ok=True)
    others = {
        "machine": machine,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "platform": {name: asdict(result) for name, result in platform.items()},
    }
    write_json(rows, others, RESULTS / "latest.json")
    if rows:
        print_table(rows)
        print_verdicts(rows)
        write_plot(rows, RESULTS / "latest.svg")


if __name__ == "__main__":
    main()
