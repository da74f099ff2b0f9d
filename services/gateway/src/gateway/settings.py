"""The gateway's settings, all from the environment, all checked before anything starts."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from backends.allow_list import parse_allow_list
from gateway.compiled import is_in_use
from gateway.session.limits import SessionLimits
from gateway.session.violation import MAX_SIGNED_64
from hosting.settings import ServiceSettings


def listed(text: str) -> tuple[str, ...]:
    """The parts of a setting that is a list with commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


class Settings(ServiceSettings):
    """Variables begin with `GATEWAY_`; the bus has its own (`EVENTBUS_…`)."""

    prefix: ClassVar[str] = "GATEWAY_"

    hosts: str = Field(default="0.0.0.0", description="Addresses to listen on, separated by commas.")  # noqa: S104  # a container's own
    admin_port: int = Field(default=8084, ge=0, le=65535, description="Port of the admin API, health and metrics.")
    workers: int = Field(
        default=1, ge=1, le=64, description="How many processes share the clients' ports, behind one admin port."
    )
    worker_socket: Path | None = Field(
        default=None, description="Set by the gateway for its workers: where one answers instead of the admin port."
    )
    ws_port: int = Field(default=9099, ge=0, le=65535, description="Port for ws clients; 0 turns it off.")
    wss_port: int = Field(default=8099, ge=0, le=65535, description="Port for wss clients; 0 turns it off.")
    wss_certificate_file: Path | None = Field(default=None, description="PEM file with the certificate chain for wss.")
    wss_key_file: Path | None = Field(default=None, description="PEM file with the private key of that certificate.")
    trusted_proxies: str = Field(
        default="",
        description="Addresses or CIDRs of proxies whose `X-Forwarded-*` and PROXY protocol are believed, with commas.",
    )
    proxy_protocol: bool = Field(
        default=False,
        description="Whether connections from trusted proxies begin with the PROXY protocol (version 1 or 2).",
    )
    max_connections: int | None = Field(
        default=None,
        ge=1,
        description="How many clients at the same time; unset: as many as the limit on open files allows.",
    )
    portal_origins: str = Field(
        default="", description="Origins that may use every API, such as the portals', separated by commas."
    )
    wss_certificates_dir: Path | None = Field(
        default=None, description="Folder with further certificates for wss, `NAME.crt` and `NAME.key`, chosen by SNI."
    )
    environment: str = Field(default="Default", description="Which environment's deployments this gateway serves.")
    backend_ca_file: Path | None = Field(
        default=None, description="PEM file of authorities that backends on wss may have, besides the system's."
    )
    backend_allow: str = Field(
        default="",
        description="Backends that are allowed although their address, name or port is refused otherwise: addresses, "
        "ranges (`10.0.0.0/8`), names (`echo`, `*.sluice.svc`), separated by commas.",
        json_schema_extra={"variable": "SLUICE_BACKEND_ALLOW"},
    )
    assertion_issuer: str = Field(
        default="sluice-gateway", min_length=1, description="`iss` of the assertions that backends get."
    )
    sealing_key_file: Path | None = Field(
        default=None,
        description="File with the key that opens backends' credentials: 32 bytes in base64; a second line is an older "
        "key. The publisher's must be the same.",
        json_schema_extra={"variable": "SLUICE_SEALING_KEY_FILE"},
    )
    connect_timeout: timedelta = Field(
        default=timedelta(seconds=10), description="How long a backend may take to accept, in seconds."
    )
    drain_delay: timedelta = Field(
        default=timedelta(0), description="After SIGTERM, how long connections are still accepted, in seconds."
    )
    drain_duration: timedelta = Field(
        default=timedelta(seconds=2), description="Over how long open sessions are closed at the end, in seconds."
    )
    redeploy_drain_duration: timedelta = Field(
        default=timedelta(seconds=30),
        description="Over how long, at most, the sessions of an older revision are closed where its API drains them, "
        "in seconds.",
    )
    drain_grace: timedelta = Field(
        default=timedelta(seconds=7),
        description="From the end of the delay, within which time the gateway ends whatever its peers do, in seconds.",
    )
    snapshot_file: Path | None = Field(
        default=None, description="Where the facts are kept for a start while the bus is away; without it, nowhere."
    )
    snapshot_every: timedelta = Field(
        default=timedelta(seconds=30), description="How often changed facts are written there, in seconds."
    )
    access_log: Literal["on", "off"] = Field(
        default="on", description="Whether each session and each refused handshake is logged."
    )
    access_log_every: timedelta = Field(
        default=timedelta(seconds=300),
        description="How often an open session is logged between its begin and end, in seconds; 0 is never.",
    )
    max_message_bytes: int | None = Field(
        default=None,
        ge=1,
        description="The longest message that any session may carry, inflated; by default of any length.",
    )
    max_inspected_bytes: int = Field(
        default=262_144,
        ge=1,
        description="The longest message, inflated, where an API validates messages and no other limit holds.",
    )
    idle_timeout: timedelta = Field(
        default=timedelta(0),
        description="After how many seconds without a data message in either direction a session is closed (1001); "
        "0, never. An API may say otherwise.",
    )
    max_session_age: timedelta = Field(
        default=timedelta(0),
        description="After how many seconds a session is closed (1001); 0, never. An API may say otherwise.",
    )
    ping_interval: timedelta = Field(
        default=timedelta(seconds=15),
        description="How often, in seconds, both peers of a session are pinged; 0, never. An API may say otherwise.",
    )
    ping_timeout: timedelta = Field(
        default=timedelta(seconds=9), gt=timedelta(0), description="How long a pinged peer may stay silent, in seconds."
    )
    stall_timeout: timedelta = Field(
        default=timedelta(seconds=60),
        description="How long a peer may leave unread what is due to it (1013), in seconds; 0, for ever.",
    )
    frame_timeout: timedelta = Field(
        default=timedelta(seconds=60),
        description="In how many seconds a frame must end, or have gone on at 1 kB/s; 0, none.",
    )
    max_control_frames: int = Field(
        default=1_000,
        ge=0,
        description="How many pings, pongs and empty fragments a peer may send in a second; 0, any number.",
    )
    otlp_endpoint: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        description="Collector for traces of handshakes and session ends, over OTLP/HTTP; needs the extra "
        "`sluice-telemetry[otlp]`. Empty is no tracing.",
        json_schema_extra={"variable": "OTEL_EXPORTER_OTLP_ENDPOINT"},
    )
    compiled: Literal["auto", "off", "required"] = Field(
        default="auto",
        description="Use what `make compile` made: `auto` where it fits, `off` never, `required` or do not start.",
    )
    log_format: Literal["json", "console"] = Field(default="json", description="`json` lines, or `console` to read.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="What is logged.")

    @property
    def session_limits(self) -> SessionLimits:
        """What sessions are held to where their API does not say otherwise."""
        return SessionLimits(
            max_message_bytes=self.max_message_bytes or MAX_SIGNED_64,
            idle_timeout=self.idle_timeout or None,
            max_age=self.max_session_age or None,
            ping_interval=self.ping_interval or None,
            ping_timeout=self.ping_timeout,
            stall_timeout=self.stall_timeout or None,
            frame_timeout=self.frame_timeout or None,
            max_control_frames=self.max_control_frames or None,
        )

    @field_validator("backend_allow")
    @classmethod
    def _allow_list_can_be_read(cls, text: str) -> str:
        parse_allow_list(text)
        return text

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        for network in listed(text):
            ip_network(network)
        return text

    @field_validator("compiled")
    @classmethod
    def _what_is_required_is_there(cls, choice: str) -> str:
        if choice == "required" and not is_in_use():
            raise ValueError("there are no compiled modules that fit this Python and these sources; see `make compile`")
        return choice

    @model_validator(mode="after")
    def _proxies_are_named(self) -> Self:
        if self.proxy_protocol and not self.trusted_proxies:
            raise ValueError("GATEWAY_PROXY_PROTOCOL needs GATEWAY_TRUSTED_PROXIES: nobody else is believed")
        return self

    @model_validator(mode="after")
    def _grace_is_long_enough(self) -> Self:
        if self.drain_grace < self.drain_duration:
            raise ValueError("GATEWAY_DRAIN_GRACE must not be shorter than GATEWAY_DRAIN_DURATION")
        return self

    @model_validator(mode="after")
    def _wss_has_a_certificate(self) -> Self:
        if self.wss_port and (self.wss_certificate_file is None or self.wss_key_file is None):
            raise ValueError(
                "wss needs GATEWAY_WSS_CERTIFICATE_FILE and GATEWAY_WSS_KEY_FILE; GATEWAY_WSS_PORT=0 turns it off"
            )
        return self
