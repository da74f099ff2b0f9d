"""What can go wrong in the publisher, as a tree:

    PublisherError
    ├── InvalidInput            400, with pointers to fields
    │   ├── TooLong, BlankProperty, IllegalCharacters, MalformedContext, UnusableEndpoint, InvalidDefinition
    │   ├── UnsupportedAction, NoEndpoint, NoPlan, UnsupportedPlan, UnknownDeniedApi, UnknownDeniedApplication
    │   └── TooManyRevisions, DeployedRevision, RetiredApi, UnknownEnvironment, UnknownVhost
    ├── NotFound                404: UnknownApi, UnknownRevision, UnknownPlan, UnknownSubscription,
    │                           UnknownSession, UnknownSessionBan, UnknownDenyPolicy
    ├── Conflict                409: NameTakenInOtherCase, ContextTaken, VersionExists, HasSubscriptions, PlanExists,
    │                           DenyPolicyExists
    ├── Forbidden               403: ForbiddenInState, PlanInUse
    ├── StaleVersion            412
    ├── TooLarge                413
    └── KeyManagerAway          503

Codes are WSO2's (ExceptionCodes) where it has one.
"""

from __future__ import annotations

from typing import Self

from telemetry.problem import FieldError, SluiceError


class PublisherError(SluiceError):
    """Root of the publisher's errors."""


class InvalidInput(PublisherError):
    code = 900702
    message = "Invalid input"

    @classmethod
    def at(cls, pointer: str, detail: str) -> Self:
        """The error for one field."""
        return cls(f"{pointer}: {detail}", errors=[FieldError(pointer, detail)])


class TooLong(InvalidInput):
    code = 900704
    message = "A property is too long"


class BlankProperty(InvalidInput):
    code = 900705
    message = "A property is blank"


class IllegalCharacters(InvalidInput):
    code = 900706
    message = "A property contains characters that are not allowed"


class MalformedContext(InvalidInput):
    code = 900253
    message = "The context is malformed"


class UnusableEndpoint(InvalidInput):
    code = 900346
    message = "Endpoint URLs should be valid web socket URLs"


class InvalidDefinition(InvalidInput):
    code = 903231
    message = "The AsyncAPI document is not valid"


class UnsupportedAction(InvalidInput):
    code = 903234
    message = "The life-cycle action is not allowed"


class NoEndpoint(InvalidInput):
    code = 903223
    message = "The API has no endpoint"


class NoPlan(InvalidInput):
    code = 903224
    message = "The API has no business plan"


class UnsupportedPlan(InvalidInput):
    code = 900960
    message = "Unsupported throttling policy"


class UnknownDeniedApi(InvalidInput):
    code = 900977
    message = "The API context of the deny policy does not exist"


class UnknownDeniedApplication(InvalidInput):
    code = 900978
    message = "The application of the deny policy does not exist"


class TooManyRevisions(InvalidInput):
    code = 900351
    message = "Maximum number of revisions per API has reached."


class DeployedRevision(InvalidInput):
    code = 900348
    message = "The revision is deployed"


class RetiredApi(InvalidInput):
    code = 903227
    message = "A retired API cannot be deployed"


class UnknownEnvironment(InvalidInput):
    code = 903232
    message = "There is no such gateway environment"


class UnknownVhost(InvalidInput):
    code = 903233
    message = "The gateway environment has no such vhost"


class NotFound(PublisherError):
    code = 404
    message = "Not Found"


class UnknownApi(NotFound):
    code = 900359
    message = "API not found"


class UnknownRevision(NotFound):
    code = 900347
    message = "API revision not found"


class UnknownPlan(NotFound):
    code = 900961
    message = "Throttling policy not found"


class UnknownSubscription(NotFound):
    code = 404
    message = "Subscription not found"


class UnknownSession(NotFound):
    message = "Session not found"


class UnknownSessionBan(NotFound):
    message = "Session ban not found"


class UnknownDenyPolicy(NotFound):
    message = "Deny policy not found"


class Conflict(PublisherError):
    code = 409
    message = "Conflict"


class NameTakenInOtherCase(Conflict):
    code = 900250
    message = "An API with this name exists in other letter case"


class ContextTaken(Conflict):
    code = 900251
    message = "The context belongs to another API"


class VersionExists(Conflict):
    code = 900252
    message = "The API has this version already"


class HasSubscriptions(Conflict):
    code = 409
    message = "Cannot remove the API as active subscriptions exist"


class PlanExists(Conflict):
    message = "The throttling policy exists already"


class DenyPolicyExists(Conflict):
    code = 900979
    message = "The deny policy exists already"


class Forbidden(PublisherError):
    code = 403
    message = "Forbidden"


class ForbiddenInState(Forbidden):
    code = 900380
    message = "The API may not be changed in its life-cycle state"


class PlanInUse(Forbidden):
    code = 900971
    message = "The throttling policy is in use"


class StaleVersion(PublisherError):
    code = 412
    message = "The thing has changed since it was read"


class TooLarge(PublisherError):
    code = 413
    message = "Content Too Large"


class KeyManagerAway(PublisherError):
    code = 503
    message = "The key manager cannot be reached"
