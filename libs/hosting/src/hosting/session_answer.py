"""An open session as the REST APIs show it. The fields are ours: WSO2 has no such operations."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from contracts.gateway import Session


class SessionAnswer(BaseModel):
    """An open session, as its gateway last told it at `toldAt`."""

    sessionId: str  # noqa: N815  # camelCase as everywhere on these paths, here and below
    apiId: str  # noqa: N815
    applicationId: str  # noqa: N815
    subscriptionId: str  # noqa: N815
    plan: str
    user: str
    keyType: str  # noqa: N815
    channel: str
    clientAddress: str  # noqa: N815
    environment: str
    gatewayId: str  # noqa: N815
    openedAt: datetime  # noqa: N815
    toldAt: datetime  # noqa: N815
    messagesFromClient: int  # noqa: N815
    bytesFromClient: int  # noqa: N815
    messagesFromBackend: int  # noqa: N815
    bytesFromBackend: int  # noqa: N815


def session_answer(session: Session) -> SessionAnswer:
    """From the fact."""
    return SessionAnswer(
        sessionId=session.id,
        apiId=session.api_id,
        applicationId=session.application_id,
        subscriptionId=session.subscription_id,
        plan=session.plan,
        user=session.user,
        keyType=session.key_type,
        channel=session.channel,
        clientAddress=session.client_address,
        environment=session.environment,
        gatewayId=session.instance_id,
        openedAt=session.opened_at,
        toldAt=session.told_at,
        messagesFromClient=session.messages_from_client,
        bytesFromClient=session.bytes_from_client,
        messagesFromBackend=session.messages_from_backend,
        bytesFromBackend=session.bytes_from_backend,
    )
