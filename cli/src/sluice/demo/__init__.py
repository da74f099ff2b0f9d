"""`sluice demo`: the tutorial's API, published and subscribed, over the public REST API only.

Whatever exists already is used as it is, so running it again is harmless; each run makes a new token.
"""
