"""`docs/metrics.md`: what the gateway counts, from its table."""

from __future__ import annotations

from doc_pages.markdown import code, page, table
from gateway.metrics.api_labels import MAX_APIS
from gateway.metrics.families import FAMILIES, OF_A_PARENT
from gateway.metrics.family import Family

_INTRODUCTION = (
    "Every service answers `GET /metrics` on its own port, the gateway on its admin port, in Prometheus' text format. "
    "No ingress routes it."
)
_COMMON = (
    "All services have `sluice_build_info` (release), `process_…` (CPU time, memory, open files) and "
    "`http_requests_total`, `http_request_duration_seconds` of their REST operations by route template."
)
_LABELS = (
    "Labels never hold an application, a user, a client id, a token, an address or a path. "
    f'The first {MAX_APIS} APIs that a gateway meets have series of their own, the others share `api="other"`. '
    "A handshake refused before an API was found has empty labels."
)
_WORKERS = (
    "With `GATEWAY_WORKERS` the last column says how the workers' samples become one; counters and histograms are "
    "always added, those of workers that have ended included."
)


def metrics_page() -> str:
    """One row for each metric of the data plane."""
    rows = (_row(family) for family in (*FAMILIES, *OF_A_PARENT))
    headings = ("Metric", "Type", "Labels", "Meaning", "Over workers")
    blocks = [_INTRODUCTION, _COMMON, "## The data plane", _LABELS, _WORKERS, table(headings, rows)]
    return page("Metrics", source="gateway.metrics.families", blocks=blocks)


def _row(family: Family) -> list[str]:
    labels = ", ".join(code(label) for label in family.labels)
    return [code(family.name), family.kind.value, labels, family.text, family.merge.value]
