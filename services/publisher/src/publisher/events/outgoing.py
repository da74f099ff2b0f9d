"""What the publisher tells: its values as facts. Each is put in the transaction of the change it tells of."""

from __future__ import annotations

from contracts import publisher as facts
from publisher.domain.api import Api, Deployment, Revision
from publisher.domain.deny_policy import DenyPolicy
from publisher.domain.document import ApiDocument
from publisher.domain.environment import Environment
from publisher.domain.plan import Plan
from publisher.domain.session_ban import SessionBan


def api_fact(api: Api) -> facts.Api:
    """The API as it is now, whether or not it is deployed or published."""
    document = api.document
    return facts.Api(
        id=api.id,
        name=api.name,
        display_name=document.display_name or api.name,
        context=api.context,
        api_version=api.version,
        provider=api.provider,
        state=api.state,
        is_default_version=api.is_default,
        visibility=document.visibility,
        visible_roles=document.visible_roles,
        plans=document.plans,
        api_plan=document.api_plan,
        scopes=_scopes(api),
        key_managers=document.key_managers,
        security_scheme=document.security_scheme,
        authorization_header=document.authorization_header,
        description=document.description,
        tags=document.tags,
        categories=document.categories,
        additional_properties=document.additional_properties,
        business_owner=document.business_text("businessOwner"),
        business_owner_email=document.business_text("businessOwnerEmail"),
        technical_owner=document.business_text("technicalOwner"),
        technical_owner_email=document.business_text("technicalOwnerEmail"),
        created_at=api.created_at,
        updated_at=api.updated_at,
    )


def default_version_fact(*, context: str, api_id: str) -> facts.DefaultVersion:
    """Which API answers at the context without a version."""
    return facts.DefaultVersion(context=context, api_id=api_id)


def deployment_fact(deployment: Deployment, revision: Revision) -> facts.Deployment:
    """The revision's frozen content, in one environment."""
    document = revision.document
    endpoints, terms = document.endpoints, document.session_terms
    return facts.Deployment(
        api_id=deployment.api_id,
        environment=deployment.environment,
        revision_id=revision.id,
        vhost=deployment.vhost,
        production_endpoint=endpoints.production,
        sandbox_endpoint=endpoints.sandbox,
        operations=_operations(revision),
        display_on_devportal=deployment.is_shown_on_devportal,
        origins=document.origins,
        backend_assertion=terms.backend_assertion,
        forward_credentials=terms.forward_credentials,
        validation=_validation(document),
        limits=terms.limits,
        on_redeploy=terms.on_redeploy,
        deployed_at=deployment.deployed_at,
    )


def plan_fact(plan: Plan) -> facts.Plan:
    """A throttling policy."""
    return facts.Plan(
        id=plan.id,
        level=plan.level,
        name=plan.name,
        display_name=plan.display_name,
        description=plan.description,
        billing_plan=plan.billing_plan,
        stop_on_quota_reach=plan.stop_on_quota_reach,
        quota=plan.quota,
        burst=plan.burst,
        connections=plan.connections,
        max_message_bytes=plan.max_message_bytes,
        reaction=plan.reaction,
        permitted_roles=plan.permitted_roles,
        denied_roles=plan.denied_roles,
    )


def deny_policy_fact(policy: DenyPolicy) -> facts.DenyPolicy:
    """Who or what is refused; nobody while it is not enabled."""
    return facts.DenyPolicy(
        id=policy.id,
        type=policy.type,
        value=policy.value,
        last_address=policy.last_address,
        invert=policy.invert,
        enabled=policy.enabled,
    )


def environment_fact(environment: Environment) -> facts.Environment:
    """A gateway environment."""
    return facts.Environment(
        id=environment.id,
        name=environment.name,
        display_name=environment.display_name,
        type=environment.type,
        vhosts=environment.vhosts,
    )


def subscription_control_fact(subscription_id: str, block: facts.Block) -> facts.SubscriptionControl:
    """What the publisher forbids the subscription."""
    return facts.SubscriptionControl(subscription_id=subscription_id, block=block)


def session_ban_fact(ban: SessionBan) -> facts.SessionBan:
    """Which sessions end, and do not open again for a while."""
    return facts.SessionBan(
        id=ban.id,
        session_id=ban.selector.session_id,
        api_id=ban.selector.api_id,
        application_id=ban.selector.application_id,
        plan=ban.selector.plan,
        user=ban.selector.user,
        address=ban.selector.address,
        banned_at=ban.banned_at,
        until=ban.until,
        reason=ban.reason,
        banned_by=ban.banned_by,
    )


def _operations(revision: Revision) -> tuple[facts.Operation, ...]:
    return tuple(
        facts.Operation(
            target=operation.target,
            verb=operation.verb,
            auth_type=operation.auth_type,
            scopes=operation.scopes,
            uri_mapping=operation.uri_mapping,
        )
        for operation in revision.document.operations
    )


def _validation(document: ApiDocument) -> facts.MessageValidation | None:
    messages = tuple(
        facts.MessageSchema(target=each.target, verb=each.verb, schemas=each.schemas)
        for each in document.channel_messages
    )
    if not messages or not document.validates_messages:
        return None
    return facts.MessageValidation(messages=messages, reaction=document.session_terms.validation_reaction)


def _scopes(api: Api) -> tuple[facts.Scope, ...]:
    return tuple(
        facts.Scope(
            name=scope.name,
            display_name=scope.display_name,
            description=scope.description,
            roles=scope.roles,
            shared=scope.is_shared,
        )
        for scope in api.document.scopes
    )
