"""What use cases ask of the place where backends are: whether an API may have one, and to keep its secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from publisher.domain.endpoint_security import Sealer, seal_security
from publisher.domain.endpoint_url import check_url
from publisher.domain.endpoints import check_endpoints, endpoint_urls
from publisher.errors import UnusableEndpoint


class Access(Protocol):
    """Whether backends may be had, and whether they answer (`backend_access`)."""

    async def refusal(self, url: str) -> str | None:
        """Why no API may have the backend; None: it may."""
        ...

    async def status_of(self, url: str) -> int | None:
        """The HTTP status of its answer to a handshake; None: there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Backends:
    """Without a seal no credential can be kept."""

    access: Access
    seal: Sealer | None = None

    # The body of a request or the fields of a document: JSON, hence Any.
    async def check(self, fields: Mapping[str, Any], *, known: Collection[str] = ()) -> None:
        """Not inside of a transaction: names are looked up. `known` URLs were checked when they came in.

        Raises `UnusableEndpoint` or `InvalidInput` with a pointer to the first that no API may have.
        """
        config = fields.get("endpointConfig")
        check_endpoints(config)
        new = [(pointer, url) for pointer, url in endpoint_urls(config) if url not in known]
        refusals = await asyncio.gather(*(self.access.refusal(url) for _, url in new))
        for (pointer, _), refusal in zip(new, refusals, strict=True):
            if refusal is not None:
                raise UnusableEndpoint.at(pointer, refusal)

    def sealed(
        self, fields: Mapping[str, Any], *, api_id: str, known: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """The fields without a secret in the open. `known` are the API's until now. Raises `InvalidInput`."""
        if "endpointConfig" not in fields:
            return fields
        config = seal_security(
            fields["endpointConfig"], known=(known or {}).get("endpointConfig"), api_id=api_id, seal=self.seal
        )
        return {**fields, "endpointConfig": config}

    async def status_of(self, url: str) -> int | None:
        """See `Access`. Raises `UnusableEndpoint` where no API may have the backend."""
        check_url(url, pointer="query/endpointUrl")
        if (refusal := await self.access.refusal(url)) is not None:
            raise UnusableEndpoint.at("query/endpointUrl", refusal)
        return await self.access.status_of(url)
