"""What people do with the devportal: each a unit of work in one transaction, or in two around a call of the key
manager.
"""
