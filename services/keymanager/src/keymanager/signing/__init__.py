"""The keys that sign access tokens: made, sealed at rest, loaded once, used many times."""
