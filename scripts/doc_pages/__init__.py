"""The generated pages of `docs/`, each made by a module of its own from what the code says.

Every page is a pure function of the code: the same code gives the same bytes.
"""

from __future__ import annotations

from doc_pages.close_codes import close_codes_page
from doc_pages.errors import errors_page
from doc_pages.events import events_page
from doc_pages.metrics import metrics_page
from doc_pages.openapi import openapi_documents
from doc_pages.settings import settings_page


def all_pages() -> dict[str, str]:
    """The text of each page, by its path below `docs/`."""
    return {
        "events.md": events_page(),
        "errors.md": errors_page(),
        "close-codes.md": close_codes_page(),
        "metrics.md": metrics_page(),
        "settings.md": settings_page(),
        **openapi_documents(),
    }
