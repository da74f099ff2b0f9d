"""`GATEWAY_WORKERS`: several gateways that share the clients' ports, behind one admin port.

Each worker is a process and a gateway in every respect (id, heartbeat, share of the quotas); the kernel spreads the
connections over them. The parent has no facts and decides nothing: it starts workers and starts again those that die,
hands SIGTERM on, and answers on the admin port with what the workers answer, each on a Unix socket that only this user
can open. `Workers.run` owns one task for each worker; a worker whose parent dies ends by itself.
"""
