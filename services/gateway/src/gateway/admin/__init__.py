"""The gateway's admin port: health, metrics, what is routed and which sessions are open."""
