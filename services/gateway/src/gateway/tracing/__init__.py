"""One span for each handshake and one for each session's end, where tracing is configured; never one for a session's
life or for a message. Importing this package imports OpenTelemetry only for type checkers.
"""
