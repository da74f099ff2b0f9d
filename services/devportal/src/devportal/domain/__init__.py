"""The devportal's rules. No I/O, no framework."""
