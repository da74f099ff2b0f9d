"""`/docs`: the service's OpenAPI document as a page, from vendored files. Nothing is loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"
_SWAGGER = "swagger-ui-5.35.0"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: REST API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/static/{swagger}/swagger-ui.css">
<script src="/docs/static/{swagger}/swagger-ui-bundle.js"></script>
<script src="/docs/static/docs.js"></script>
</head>
<body>
<div id="docs"></div>
<noscript>This page needs JavaScript; the document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
</body>
</html>
"""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def install_docs_page(app: FastAPI) -> None:
    """Adds `/docs` and the files it needs."""

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        page = _PAGE.format(title=app.title, swagger=_SWAGGER)
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})

    app.mount("/docs/static", StaticFiles(directory=STATIC), name="docs-static")
