"""The way to the backend: the upgrade request, its answer, and the dial that carries them.

``Dialer`` owns one short task for each dial in progress (address and connect); ``Dialer.close`` cancels and awaits
them. Knows nothing of clients, refusals or sessions.
"""
