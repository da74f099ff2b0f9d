"""Moments as the database gives them back."""

from __future__ import annotations

from datetime import UTC, datetime


def in_utc(moment: datetime) -> datetime:
    """SQLite forgets the time zone; what is stored is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
