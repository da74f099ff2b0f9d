"""The tunnels that the gateway is compared with: they upgrade and pass bytes on, and do nothing else."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.candidates import Running, launch_proxy
from bench.installing import find_program

_NGINX = """
{user}
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
error_log stderr warn;
pid nginx.pid;
events {{ worker_connections 16000; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://127.0.0.1:{echo_port};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
            {buffers}
        }}
    }}
}}
"""

_HAPROXY = """
global
    nbthread 1
    maxconn 8000
defaults
    mode http
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout tunnel 1h
frontend clients
    bind 127.0.0.1:{port} backlog 4096
    default_backend echo
backend echo
    server echo 127.0.0.1:{echo_port}
"""

_CADDY = """
{{
    admin off
    auto_https off
}}
http://:{port} {{
    bind 127.0.0.1
    reverse_proxy 127.0.0.1:{echo_port}
}}
"""

# So that 16 KiB, and 64 KiB too, fit into one read.
_TUNED_BUFFERS = "proxy_buffer_size 64k; proxy_buffers 4 64k; proxy_busy_buffers_size 128k;"


@dataclass(frozen=True, slots=True)
class Nginx:
    """With its default buffers of one page, or with `is_tuned` ones."""

    program: Path
    is_tuned: bool = False

    @property
    def name(self) -> str:
        return "nginx tuned" if self.is_tuned else "nginx"

    def start(self, folder: Path, *, port: int, echo_port: int) -> Running:
        user = "user root;" if os.geteuid() == 0 else ""
        buffers = _TUNED_BUFFERS if self.is_tuned else ""
        (folder / "nginx.conf").write_text(_NGINX.format(user=user, port=port, echo_port=echo_port, buffers=buffers))
        command = [str(self.program), "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
        return launch_proxy(self.name, command, folder=folder, port=port)


@dataclass(frozen=True, slots=True)
class Haproxy:
    """One thread, mode http."""

    program: Path
    name: str = "HAProxy"

    def start(self, folder: Path, *, port: int, echo_port: int) -> Running:
        (folder / "haproxy.cfg").write_text(_HAPROXY.format(port=port, echo_port=echo_port))
        command = [str(self.program), "-db", "-f", "haproxy.cfg"]
        return launch_proxy(self.name, command, folder=folder, port=port)


@dataclass(frozen=True, slots=True)
class Caddy:
    """Its processors follow from the core it is pinned to."""

    program: Path
    name: str = "Caddy"

    def start(self, folder: Path, *, port: int, echo_port: int) -> Running:
        (folder / "Caddyfile").write_text(_CADDY.format(port=port, echo_port=echo_port))
        command = [str(self.program), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
        environment = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        return launch_proxy(self.name, command, folder=folder, port=port, environment=environment)


@dataclass(frozen=True, slots=True)
class Pipe:
    """What most would write in Python: see `bench.pipe`."""

    name: str = "websockets"

    def start(self, folder: Path, *, port: int, echo_port: int) -> Running:
        command = [sys.executable, str(Path(__file__).with_name("pipe.py")), str(port), f"ws://127.0.0.1:{echo_port}"]
        return launch_proxy(self.name, command, folder=folder, port=port)


def find_tunnels() -> tuple[list[Nginx | Haproxy | Caddy | Pipe], list[str]]:
    """Those that can be had, and the names of the others."""
    nginx, haproxy, caddy = (find_program(name) for name in ("nginx", "haproxy", "caddy"))
    found: list[Nginx | Haproxy | Caddy | Pipe] = []
    if nginx:
        found += [Nginx(nginx), Nginx(nginx, is_tuned=True)]
    if haproxy:
        found.append(Haproxy(haproxy))
    if caddy:
        found.append(Caddy(caddy))
    missing = [name for name, program in (("nginx", nginx), ("HAProxy", haproxy), ("Caddy", caddy)) if not program]
    return [*found, Pipe()], missing
