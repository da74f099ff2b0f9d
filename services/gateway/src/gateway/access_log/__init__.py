"""Who was connected to what, and who was refused: one structured line at a session's begin and end and now and then
between, and one for a refused handshake. Messages cost nothing. No credential ever gets here: the lines are made of
labels, counters and a path without its query.
"""
