"""Texts as they may come in: any characters but NUL, which PostgreSQL cannot store."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import StringConstraints

WITHOUT_NUL = r"^[^\x00]*$"

Name = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=WITHOUT_NUL)]
Text = Annotated[str, StringConstraints(max_length=1000, pattern=WITHOUT_NUL)]
Url = Annotated[str, StringConstraints(max_length=2000, pattern=WITHOUT_NUL)]
UserId = Annotated[str, Path(min_length=1, max_length=100, pattern=WITHOUT_NUL, description="The id that SCIM gave.")]
KeyMappingId = Annotated[
    str,
    Path(
        alias="keyMappingId", min_length=1, max_length=100, pattern=WITHOUT_NUL, description="Chosen by the devportal."
    ),
]
