"""An API's definition as people send and get it: WSO2's JSON, of which Sluice uses a part and keeps the rest unchanged.

The only place that knows WSO2's field names inside the domain. What the server decides (identity, state, times) is no
part of it. A document that exists has been checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from contracts.publisher import PlanLevel
from publisher.domain.asyncapi.messages import ChannelMessages, channel_messages, channel_operations
from publisher.domain.asyncapi.parsing import Content
from publisher.domain.asyncapi.references import escaped
from publisher.domain.caller import PUBLISHER_FIELDS
from publisher.domain.endpoints import Endpoints, check_endpoints, read_endpoints
from publisher.domain.message_schema import check_message_schema
from publisher.domain.operations import (
    Operation,
    Scope,
    check_operations,
    check_payload_schemas,
    check_scopes,
    default_operations,
    new_operation,
    read_operations,
    read_scopes,
)
from publisher.domain.origins import check_origins, read_origins
from publisher.domain.session_terms import SessionTerms
from publisher.errors import InvalidInput, TooLarge, TooLong

MAX_DESCRIPTION = 32_766
MAX_TAG = 250
# So that the facts made from it stay below what the bus carries.
MAX_DOCUMENT_BYTES = 600_000

DEFAULT_SECURITY_SCHEME: Final = ("oauth2",)

SERVER_FIELDS: Final = frozenset(
    {
        "id", "name", "context", "version", "provider", "lifeCycleStatus", "type", "hasThumbnail", "isDefaultVersion",
        "isRevision", "revisionedApiId", "revisionId", "workflowStatus", "createdTime", "lastUpdatedTime",
        "lastUpdatedTimestamp",
    }
)  # fmt: skip

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")


@dataclass(frozen=True, slots=True)
class ApiDocument:
    """`fields` is JSON as WSO2 names it, hence Any; use the properties for what has a meaning here. `definition` is the
    AsyncAPI document, where somebody gave one.
    """

    fields: Mapping[str, Any]
    definition: Content | None = None

    @classmethod
    def accept(cls, sent: Mapping[str, Any], *, definition: Content | None = None) -> Self:
        """The document in a request body whose types were checked, with defaults filled in. Raises `InvalidInput`."""
        fields = _with_defaults({name: v for name, v in sent.items() if name not in SERVER_FIELDS})
        document = cls(fields, definition)
        document._check()
        return document

    def with_publisher_fields_of(self, sent: Mapping[str, Any]) -> ApiDocument:
        """What somebody makes of it who may publish but not create: other fields stay as they are."""
        changed = {name: value for name, value in sent.items() if name in PUBLISHER_FIELDS}
        return ApiDocument.accept({**self.fields, **changed}, definition=self.definition)

    def with_definition(self, definition: Content) -> ApiDocument:
        """With the channels of an AsyncAPI document; what is said of a channel already goes on holding.

        Raises `InvalidDefinition`.
        """
        known = {(given["target"], given["verb"]): given for given in self._objects("operations")}
        found = channel_operations(definition)
        operations = [known.get(place) or new_operation(*place) for place in found] or self.fields.get("operations")
        return ApiDocument.accept({**self.fields, "operations": operations}, definition=definition)

    @property
    def description(self) -> str:
        return self._text("description")

    @property
    def display_name(self) -> str:
        return self._text("displayName")

    @property
    def plans(self) -> tuple[str, ...]:
        """Business plans (WSO2 `policies`)."""
        return self._texts("policies")

    @property
    def api_plan(self) -> str | None:
        """The plan that all subscribers share (WSO2 `apiThrottlingPolicy`)."""
        return self.fields.get("apiThrottlingPolicy")

    @property
    def named_plans(self) -> tuple[tuple[PlanLevel, str], ...]:
        """Every plan that must exist for this."""
        api_plan = [(PlanLevel.API, self.api_plan)] if self.api_plan else []
        return (*((PlanLevel.SUBSCRIPTION, plan) for plan in self.plans), *api_plan)

    @property
    def tags(self) -> tuple[str, ...]:
        return self._texts("tags")

    @property
    def categories(self) -> tuple[str, ...]:
        return self._texts("categories")

    @property
    def key_managers(self) -> tuple[str, ...]:
        return self._texts("keyManagers") or ("all",)

    @property
    def security_scheme(self) -> tuple[str, ...]:
        return self._texts("securityScheme")

    @property
    def authorization_header(self) -> str:
        return self._text("authorizationHeader") or "Authorization"

    @property
    def visibility(self) -> str:
        return self._text("visibility") or "PUBLIC"

    @property
    def visible_roles(self) -> tuple[str, ...]:
        return self._texts("visibleRoles")

    @property
    def is_restricted(self) -> bool:
        """Whether only some creators and publishers see it (WSO2 `accessControl`)."""
        return self.fields.get("accessControl") == "RESTRICTED"

    @property
    def access_roles(self) -> tuple[str, ...]:
        return self._texts("accessControlRoles")

    @property
    def endpoints(self) -> Endpoints:
        return read_endpoints(self.fields.get("endpointConfig"))

    @property
    def operations(self) -> tuple[Operation, ...]:
        return read_operations(self._objects("operations"))

    @property
    def channel_messages(self) -> tuple[ChannelMessages, ...]:
        """What messages must be like: an operation's own `payloadSchema`, or else what the definition says of them."""
        defined = {} if self.definition is None else {(m.target, m.verb): m for m in channel_messages(self.definition)}
        own = {
            (operation.target, operation.verb): ChannelMessages(
                operation.target, operation.verb, (operation.payload_schema,)
            )
            for operation in self.operations
            if operation.payload_schema
        }
        return tuple((defined | own).values())

    @property
    def validates_messages(self) -> bool:
        """Whether messages must fit the schemas of their operations (WSO2 `enableSchemaValidation`)."""
        return bool(self.fields.get("enableSchemaValidation"))

    @property
    def origins(self) -> tuple[str, ...] | None:
        """None: the origin is not looked at."""
        return read_origins(self.fields.get("corsConfiguration"))

    @property
    def session_terms(self) -> SessionTerms:
        """Our own object `sluice`."""
        return SessionTerms.read(self.fields.get("sluice"))

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return read_scopes(self._objects("scopes"))

    @property
    def additional_properties(self) -> dict[str, str]:
        return {given["name"]: given.get("value") or "" for given in self._objects("additionalProperties")}

    def business_text(self, name: str) -> str:
        """One of `businessInformation`'s texts."""
        return (self.fields.get("businessInformation") or {}).get(name) or ""

    def _text(self, name: str) -> str:
        return self.fields.get(name) or ""

    def _texts(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.fields.get(name) or ()))

    def _objects(self, name: str) -> Sequence[Mapping[str, Any]]:
        return self.fields.get(name) or ()

    def _check(self) -> None:
        if len(json.dumps(self.fields, ensure_ascii=False).encode()) > MAX_DOCUMENT_BYTES:
            raise TooLarge(f"The definition of an API is at most {MAX_DOCUMENT_BYTES} bytes.")
        if len(self.description) > MAX_DESCRIPTION:
            raise TooLong.at("/description", f"at most {MAX_DESCRIPTION} characters")
        for name in ("tags", "accessControlRoles"):
            if any(not 0 < len(text) <= MAX_TAG for text in self._texts(name)):
                raise InvalidInput.at(f"/{name}", f"between 1 and {MAX_TAG} characters each")
        check_endpoints(self.fields.get("endpointConfig"))
        check_scopes(self._objects("scopes"))
        check_operations(self._objects("operations"), scopes=self._objects("scopes"))
        if self.validates_messages:
            check_payload_schemas(self._objects("operations"))
        self._check_definition()
        check_origins(self.fields.get("corsConfiguration"))
        self._check_audience()

    def _check_definition(self) -> None:
        if self.definition is None:
            return
        for messages in channel_messages(self.definition):
            for schema in messages.schemas:
                check_message_schema(schema, pointer=f"/channels/{escaped(messages.target)}")

    def _check_audience(self) -> None:
        if DEFAULT_SECURITY_SCHEME[0] not in self.security_scheme:
            raise InvalidInput.at("/securityScheme", "must contain 'oauth2'; others may stand beside it")
        if not _HEADER_NAME.fullmatch(self.authorization_header):
            raise InvalidInput.at("/authorizationHeader", "must be the name of an HTTP header (RFC 9110, section 5.1)")
        if self.visibility == "RESTRICTED" and not self.visible_roles:
            raise InvalidInput.at("/visibleRoles", "an API of restricted visibility names the roles that see it")
        if self.is_restricted and not self.access_roles:
            raise InvalidInput.at("/accessControlRoles", "an API of restricted access names the roles that have it")


def _with_defaults(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        **fields,
        "securityScheme": fields.get("securityScheme") or list(DEFAULT_SECURITY_SCHEME),
        "operations": fields.get("operations") or default_operations(),
    }
