"""How to reach Kafka: addresses, credentials, deadlines, and what its errors mean to us.

Every client of aiokafka in this package is made with these options. Nothing connects here.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # aiokafka 0.14 ships no py.typed
from pydantic import SecretStr

from eventbus.errors import BusUnavailable
from eventbus.settings import BusSettings


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """The way to a cluster. `request_timeout` bounds one request; an operation may take two of them."""

    servers: tuple[str, ...]
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_context: ssl.SSLContext | None = None
    request_timeout: timedelta = timedelta(seconds=5)

    @classmethod
    def from_settings(cls, settings: BusSettings) -> Self:
        """Reads the CA file; raises OSError or ssl.SSLError when that is no such file."""
        wants_tls = settings.security_protocol.endswith("SSL")
        return cls(
            servers=settings.kafka_servers,
            security_protocol=settings.security_protocol,
            sasl_mechanism=settings.sasl_mechanism,
            sasl_username=settings.sasl_username,
            sasl_password=settings.sasl_password,
            ssl_context=ssl.create_default_context(cafile=settings.ca_file) if wants_tls else None,
        )

    def client_options(self) -> dict[str, object]:
        """Keyword arguments that aiokafka's producer, consumer and admin client have in common."""
        password = None if self.sasl_password is None else self.sasl_password.get_secret_value()
        return {
            "bootstrap_servers": list(self.servers),
            "security_protocol": self.security_protocol,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": password,
            "ssl_context": self.ssl_context,
            "request_timeout_ms": self.request_timeout_ms,
            "metadata_max_age_ms": 60_000,
        }

    @property
    def request_timeout_ms(self) -> int:
        """As aiokafka wants it."""
        return int(self.request_timeout.total_seconds() * 1000)

    @property
    def operation_seconds(self) -> float:
        """The longest that one call of ours may wait for the cluster: a request, its repetition, and connecting."""
        return self.request_timeout.total_seconds() * 2 + 2


@contextmanager
def kafka_errors(doing: str) -> Iterator[None]:
    """Turn what aiokafka raises for a cluster that is away, slow or refuses us into BusUnavailable."""
    try:
        yield
    except (KafkaError, OSError, TimeoutError) as error:
        raise BusUnavailable(f"Kafka while {doing}: {error!r}") from error
