"""The facts that services tell each other: what is on the wire, and nothing about how it gets there."""

from contracts.catalogue import ALL_FACTS, all_topics, fact_type
from contracts.envelope import Envelope, Tombstone, UnreadableFact, decode, encode, encode_tombstone
from contracts.fact import Fact, Topic

__all__ = [
    "ALL_FACTS",
    "Envelope",
    "Fact",
    "Tombstone",
    "Topic",
    "UnreadableFact",
    "all_topics",
    "decode",
    "encode",
    "encode_tombstone",
    "fact_type",
]
