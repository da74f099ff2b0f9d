"""SCIM resources as JSON (RFC 7643 4.1, RFC 7644 3.4).

Every attribute of the core User schema is accepted and returned. Read-only attributes and extensions of other vendors
are ignored (RFC 7644 3.3); any other unknown one is an error.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic.alias_generators import to_camel

from keymanager.api.texts import Text
from keymanager.domain.roles import Role, parse_roles
from keymanager.domain.users import User

USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
LIST_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

# What we know of ourselves is not part of the profile.
_OURS = {"schemas", "user_name", "password", "roles", "active"}
_READ_ONLY = {"id", "meta", "groups"}


class ScimModel(BaseModel):
    """camelCase on the wire."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid", frozen=True
    )


class RoleValue(ScimModel):
    """`{"value": "creator"}`; `Internal/creator` is the same role."""

    value: Text
    display: Text | None = None
    type: Text | None = None
    primary: bool | None = None


class Name(ScimModel):
    """RFC 7643 4.1.1."""

    formatted: Text | None = None
    family_name: Text | None = None
    given_name: Text | None = None
    middle_name: Text | None = None
    honorific_prefix: Text | None = None
    honorific_suffix: Text | None = None


class PluralValue(ScimModel):
    """An email, telephone number or the like (RFC 7643 2.4)."""

    value: Text
    display: Text | None = None
    type: Text | None = None
    primary: bool | None = None


class Address(ScimModel):
    """RFC 7643 4.1.2."""

    formatted: Text | None = None
    street_address: Text | None = None
    locality: Text | None = None
    region: Text | None = None
    postal_code: Text | None = None
    country: Text | None = None
    type: Text | None = None
    primary: bool | None = None


Plural = Annotated[list[PluralValue], Field(max_length=50)]


class UserBody(ScimModel):
    """A user as somebody writes it."""

    schemas: list[Text] = [USER_SCHEMA]
    user_name: Text = Field(examples=["creator"], description="Letters, digits and . _ @ + -; unique in any case.")
    password: SecretStr | None = Field(default=None, description="8 characters or more; never returned.")
    roles: Annotated[list[RoleValue], Field(max_length=50)] | None = Field(
        default=None, examples=[[{"value": "creator"}]], description="creator, publisher, subscriber, admin."
    )
    active: bool | None = None
    external_id: Text | None = None
    name: Name | None = None
    display_name: Text | None = None
    nick_name: Text | None = None
    profile_url: Text | None = None
    title: Text | None = None
    user_type: Text | None = None
    preferred_language: Text | None = None
    locale: Text | None = None
    timezone: Text | None = None
    emails: Plural | None = Field(default=None, examples=[[{"value": "creator@example.com", "primary": True}]])
    phone_numbers: Plural | None = None
    ims: Plural | None = None
    photos: Plural | None = None
    addresses: Annotated[list[Address], Field(max_length=50)] | None = None
    entitlements: Plural | None = None
    x509_certificates: Plural | None = Field(default=None, alias="x509Certificates")

    @model_validator(mode="before")
    @classmethod
    def _ignore_what_others_say(cls, body: Any) -> Any:  # noqa: ANN401  # JSON before it is validated
        if not isinstance(body, dict):
            return body
        return {
            name: value for name, value in body.items() if name not in _READ_ONLY and not str(name).startswith("urn:")
        }

    @property
    def wanted_roles(self) -> frozenset[Role] | None:
        """Raises `InvalidInput` for an unknown one; None where nothing is said of roles."""
        return None if self.roles is None else parse_roles(role.value for role in self.roles)

    @property
    def profile(self) -> dict[str, object]:
        return self.model_dump(mode="json", by_alias=True, exclude=_OURS, exclude_none=True)


class PatchOperation(ScimModel):
    """RFC 7644 3.5.2. The value is of any JSON type, hence Any."""

    op: Text
    path: Text | None = None
    value: Any = None


class PatchBody(ScimModel):
    """One or more changes, all or none."""

    schemas: list[Text] = [PATCH_SCHEMA]
    operations: Annotated[list[PatchOperation], Field(alias="Operations", min_length=1, max_length=50)]

    EXAMPLE: ClassVar[dict[str, object]] = {
        "schemas": [PATCH_SCHEMA],
        "Operations": [{"op": "replace", "path": "roles", "value": [{"value": "publisher"}]}],
    }


def user_resource(user: User, *, base_url: str) -> dict[str, object]:
    """A user as others see it: never with its password (RFC 7643 4.1.1, 7)."""
    return {
        "schemas": [USER_SCHEMA],
        "id": user.id,
        "userName": user.user_name,
        **user.profile,
        "active": user.active,
        "roles": [{"value": role.value} for role in sorted(user.roles)],
        "meta": {
            "resourceType": "User",
            "created": user.created_at.isoformat(),
            "lastModified": user.updated_at.isoformat(),
            "location": user_location(user, base_url=base_url),
        },
    }


def user_location(user: User, *, base_url: str) -> str:
    return f"{base_url}/scim2/Users/{user.id}"
