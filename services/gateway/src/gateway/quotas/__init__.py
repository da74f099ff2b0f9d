"""Quotas and connection limits that hold over all gateways together (decision 0007).

All but `quotas` knows neither asyncio nor the bus: `book` and what it holds are told what was read, what time it is,
and say what is to be written. `quotas` owns the tasks: two followers of the log, one writer of claims, one ticker;
all end with `Quotas.run`.
"""
