"""The publisher's rules. No I/O, no framework."""
