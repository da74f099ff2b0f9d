"""`docs/close-codes.md`: the close codes that the gateway itself sends, from its table."""

from __future__ import annotations

from doc_pages.markdown import code, page, table
from gateway.session.close_codes import CLOSE_CODES

_INTRODUCTION = (
    "A session that was accepted ends with a WebSocket Close frame (RFC 6455, 5.5.1). These are the codes that Sluice "
    "itself sends, to the client or to the backend. Codes and reasons of the peers pass through unchanged. "
    "What is refused before it is accepted gets an HTTP answer instead: [errors.md](errors.md)."
)


def close_codes_page() -> str:
    """One row for each code."""
    rows = ([str(row.code.value), code(row.reason), row.meaning] for row in CLOSE_CODES)
    table_text = table(["Code", "Reason on the wire", "When"], rows)
    return page("Close codes", source="gateway.session.close_codes", blocks=[_INTRODUCTION, table_text])
