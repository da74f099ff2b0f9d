"""The publisher: APIs, their revisions and life cycle, where they are deployed, plans, control over subscriptions."""

__version__ = "0.1.0"
