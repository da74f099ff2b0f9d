"""What can go wrong in the devportal, as a tree:

    DevportalError
    ├── InvalidInput            400, with pointers to fields
    │   ├── TooLong, BlankProperty, IllegalCharacters
    │   ├── PlanNotOffered, UnknownKeyManager, NoCallbackUrl
    │   └── RefusedByKeyManager
    ├── Forbidden               403: NotSubscribable, PlanNotPermitted
    ├── NotFound                404
    │   └── UnknownApi, UnknownApplication, UnknownSubscription, UnknownConsumerKey, UnknownPlan
    ├── Conflict                409: ApplicationNameTaken, SubscriptionExists, KeysExist
    └── KeyManagerAway          503, worth another try

Codes are WSO2's (ExceptionCodes) where it has one.
"""

from __future__ import annotations

from typing import Self

from telemetry.problem import FieldError, SluiceError


class DevportalError(SluiceError):
    """Root of the devportal's errors."""


class InvalidInput(DevportalError):
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


class PlanNotOffered(InvalidInput):
    code = 900961
    message = "The throttling policy is not offered here"


class UnknownKeyManager(InvalidInput):
    message = "There is no such key manager"


class NoCallbackUrl(InvalidInput):
    message = "The grant type needs a callback URL"


class RefusedByKeyManager(InvalidInput):
    message = "The key manager refuses the request"


class Forbidden(DevportalError):
    code = 403
    message = "Forbidden"


class NotSubscribable(Forbidden):
    message = "The API cannot be subscribed to in its life-cycle state"


class PlanNotPermitted(Forbidden):
    code = 902002
    message = "The throttling policy is not allowed for you"


class NotFound(DevportalError):
    code = 404
    message = "Not Found"


class UnknownApi(NotFound):
    code = 900359
    message = "API not found"


class UnknownApplication(NotFound):
    message = "Application not found"


class UnknownSubscription(NotFound):
    message = "Subscription not found"


class UnknownConsumerKey(NotFound):
    message = "Consumer key not found"


class UnknownPlan(NotFound):
    code = 900961
    message = "Throttling policy not found"


class Conflict(DevportalError):
    code = 409
    message = "Conflict"


class ApplicationNameTaken(Conflict):
    message = "You have an application of this name already"


class SubscriptionExists(Conflict):
    code = 900336
    message = "The application is subscribed to the API already"


class KeysExist(Conflict):
    message = "The application has keys of this type already"


class KeyManagerAway(DevportalError):
    code = 503
    message = "The key manager cannot be reached"
    retriable = True
