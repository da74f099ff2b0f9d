"""Which `apim:*` scopes the roles give (WSO2's default role mapping), and the grammar of scopes (RFC 6749 3.3).

An admin has them all. Application clients never have any of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from keymanager.domain.roles import Role
from keymanager.errors import InvalidScope

REST_PREFIX = "apim:"
MAX_SCOPES = 200

_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")


def _named(names: str) -> frozenset[str]:
    return frozenset(REST_PREFIX + name for name in names.split())


_DESIGN = _named(
    "api_create api_delete mediation_policy_view mediation_policy_create mediation_policy_manage ep_certificates_view"
    " ep_certificates_add ep_certificates_update ep_certificates_manage client_certificates_view"
    " client_certificates_add client_certificates_update client_certificates_manage threat_protection_policy_create"
    " threat_protection_policy_manage common_operation_policy_view common_operation_policy_manage pub_alert_manage"
)
_LIFE_CYCLE = _named("api_publish subscription_block subscription_manage subscription_approval_view"
    " subscription_approval_manage monetization_usage_publish")  # fmt: skip
_PUBLISHER_PORTAL = _named(
    "api_view api_list_view api_definition_view api_generate_key subscription_view comment_view comment_write"
    " comment_manage document_create document_manage tier_view publisher_settings"
)
_SUBSCRIBING = _named("subscribe app_manage sub_manage store_settings api_key app_update sub_alert_manage")
_ADMINISTRATION = _named(
    "admin admin_operations admin_settings admin_tier_view admin_tier_manage admin_alert_manage api_manage api_category"
    " api_import_export api_product_import_export api_provider_change api_workflow_view api_workflow_approve"
    " app_import_export app_owner_change app_settings_change bl_view bl_manage bot_data environment_manage"
    " environment_read gateway_policy_view gateway_policy_manage keymanagers_manage policies_import_export role_manage"
    " scope_manage shared_scope_manage tenant_theme_manage tenantInfo tier_manage"
)

_GIVEN = {
    Role.CREATOR: _DESIGN | _PUBLISHER_PORTAL,
    Role.PUBLISHER: _LIFE_CYCLE | _PUBLISHER_PORTAL,
    Role.SUBSCRIBER: _SUBSCRIBING,
    Role.ADMIN: _DESIGN | _LIFE_CYCLE | _PUBLISHER_PORTAL | _SUBSCRIBING | _ADMINISTRATION,
}

REST_SCOPES = tuple(sorted(_GIVEN[Role.ADMIN]))


def rest_scopes_of(roles: Iterable[Role]) -> frozenset[str]:
    """What a REST client of a user with these roles may ask for."""
    return frozenset().union(*(_GIVEN[role] for role in roles))


def parse_scope(text: str) -> tuple[str, ...]:
    """The scopes of a `scope` parameter, each once and in their order. Raises `InvalidScope`."""
    names = tuple(dict.fromkeys(name for name in text.split(" ") if name))
    if len(names) > MAX_SCOPES or not all(_TOKEN.fullmatch(name) for name in names):
        raise InvalidScope(f"scope holds at most {MAX_SCOPES} names, separated by single spaces (RFC 6749 3.3).")
    return names


def is_rest_scope(name: str) -> bool:
    """Whether the scope is one of the platform's own, which no API may give away."""
    return name.startswith(REST_PREFIX)
