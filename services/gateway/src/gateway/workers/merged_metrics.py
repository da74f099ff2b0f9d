"""The workers' metrics as those of one gateway.

Counters and histograms are added, gauges as `gateway.metrics.families` says. What a worker that is gone had counted
stays in the sums, as it was last seen: or a scrape after a worker's death would look like a reset to Prometheus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from gateway.metrics.families import FAMILIES
from gateway.metrics.family import Merge

_SampleKey = tuple[str, tuple[tuple[str, str], ...]]

_MERGES = {family.name: family.merge for family in FAMILIES} | {
    "sluice_build_info": Merge.GREATEST,
    "process_start_time_seconds": Merge.LEAST,
}
_COMBINE: dict[Merge, Callable[[Iterable[float]], float]] = {Merge.SUM: sum, Merge.LEAST: min, Merge.GREATEST: max}
_GROWING = frozenset({"counter", "histogram", "summary"})
# REST operations are counted by the parent, where they arrive.
_LEFT_OUT = "http_"


@dataclass(slots=True)
class _Seen:
    """One metric of one worker."""

    text: str
    kind: str
    samples: dict[_SampleKey, float] = field(default_factory=dict)


_Scrape = dict[str, _Seen]


class MergedMetrics(Collector):
    """`scraped` is told the text of each worker that answered, by an id that a new process does not inherit."""

    def __init__(self) -> None:
        self._last: dict[int, _Scrape] = {}
        self._gone: _Scrape = {}

    def scraped(self, texts: dict[int, str], *, alive: frozenset[int]) -> None:
        """`alive` are the processes that run, whether they answered or not."""
        for pid, text in texts.items():
            self._last[pid] = _read(text)
        for pid, scrape in tuple(self._last.items()):
            if pid not in alive:
                _add_growing(self._gone, self._last.pop(pid))
            elif pid not in texts:
                self._last[pid] = {name: seen for name, seen in scrape.items() if seen.kind in _GROWING}

    def collect(self) -> Iterator[Metric]:
        """As of the last scrape."""
        scrapes = [self._gone, *self._last.values()]
        for name in dict.fromkeys(name for scrape in scrapes for name in scrape):
            yield _merged(name, [scrape[name] for scrape in scrapes if name in scrape])


def _read(text: str) -> _Scrape:
    scrape: _Scrape = {}
    for family in text_string_to_metric_families(text):
        if family.name.startswith(_LEFT_OUT):
            continue
        seen = scrape[family.name] = _Seen(family.documentation, family.type)
        for sample in family.samples:
            seen.samples[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return scrape


def _add_growing(total: _Scrape, ended: _Scrape) -> None:
    for name, seen in ended.items():
        if seen.kind in _GROWING:
            into = total.setdefault(name, _Seen(seen.text, seen.kind))
            for key, value in seen.samples.items():
                into.samples[key] = into.samples.get(key, 0.0) + value


def _merged(name: str, parts: list[_Seen]) -> Metric:
    combine = _COMBINE[Merge.SUM if parts[0].kind in _GROWING else _MERGES.get(name, Merge.SUM)]
    values: dict[_SampleKey, list[float]] = {}
    for part in parts:
        for key, value in part.samples.items():
            values.setdefault(key, []).append(value)
    metric = Metric(name, parts[0].text, parts[0].kind)
    for (sample_name, labels), each in values.items():
        metric.add_sample(sample_name, dict(labels), combine(each))
    return metric
