"""What the gateway counts. Messages and bytes are counted by the relay anyway, and only read here, at the scrape, so a
message pays nothing for its metrics. Nobody here owns a task but `loop_lag`, whose `run` is the gateway's.
"""
