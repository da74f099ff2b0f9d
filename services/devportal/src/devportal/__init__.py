"""The developer portal: the catalogue of published APIs, applications, their subscriptions and keys."""

__version__ = "0.1.0"
