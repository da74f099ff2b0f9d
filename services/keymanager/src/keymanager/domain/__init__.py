"""The key manager's rules. No I/O, no framework."""
