"""The certificates of the wss listener, as seen at the scrape."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.handshake.certificates import Certificates
from gateway.metrics import families


class CertificateMetrics(Collector):
    """When they end, and how often a changed one was of no use. Without wss there are none."""

    def __init__(self, certificates: Certificates | None) -> None:
        self._certificates = certificates

    def collect(self) -> Iterator[Metric]:
        """One expiry for each certificate."""
        certificates = self._certificates
        expiry = families.CERTIFICATE_EXPIRY.gauge_samples()
        for chain, certificate in certificates.served.items() if certificates else ():
            expiry.add_metric((chain,), certificate.not_after.timestamp())
        yield expiry
        failures = families.CERTIFICATE_FAILURES.counter_samples()
        failures.add_metric((), certificates.failures if certificates else 0)
        yield failures
