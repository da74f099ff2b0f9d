"""What a gateway decides from, in a file, so that one that starts while the bus is away can serve (optional).

A gateway that starts from a snapshot knows what one would know that has run since and lost the bus at that moment; the
decision page on snapshots says how old it may be, and why. `SnapshotKeeper.run` is a background task of the gateway.
"""
