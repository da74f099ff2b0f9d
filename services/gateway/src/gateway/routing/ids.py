"""Ids by a key that they share. A key may for a while belong to two things, since facts of different keys come in any
order: the deleted and the new.
"""

from __future__ import annotations

from immutables import Map

IdsByKey = Map[object, frozenset[str]]


def added(ids_by_key: IdsByKey, key: object, identity: str) -> IdsByKey:
    """With the id under the key."""
    return ids_by_key.set(key, ids_by_key.get(key, frozenset()) | {identity})


def removed(ids_by_key: IdsByKey, key: object, identity: str) -> IdsByKey:
    """Without the id under the key, which need not be there."""
    remaining = ids_by_key.get(key, frozenset()) - {identity}
    if remaining:
        return ids_by_key.set(key, remaining)
    return ids_by_key.delete(key) if key in ids_by_key else ids_by_key
