"""`sluice up`: the whole platform on this machine, each service a process of its own.

The launcher (`launcher.py`) owns every task: one reads the output of each child, one waits for its end, one asks for
readiness. All of them end when the launcher does, and no child outlives it.
"""
