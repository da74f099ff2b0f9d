"""What publisher and gateway must agree on about backends: which addresses they may have, and how their credentials
are sealed on the way.
"""
