"""The event bus: keyed records in named topics, kept, compacted and replayable.

Import from the modules: `bus` (values and protocols), `errors`, `settings`, `opening` (`open_bus`), `following`
(`Follower`) and `memory` (the fake). Which log is behind a bus is nobody's business outside this package.
"""
