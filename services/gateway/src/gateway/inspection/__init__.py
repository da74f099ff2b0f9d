"""Looks into messages: true sizes under permessage-deflate, UTF-8, and JSON Schemas where an API asks for it.

Called by the relay with whole messages, on the event loop: every piece of work has a bound. Owns no task.
"""
