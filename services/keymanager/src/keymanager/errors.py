"""What can go wrong in the key manager, as a tree:

    KeymanagerError
    ├── InvalidInput                400, with pointers to fields
    │   ├── InvalidFilter           SCIM: a filter that is not understood
    │   ├── InvalidPath             SCIM: a PATCH path that is not understood
    │   └── ImmutableAttribute      SCIM: what may not change
    ├── WrongCredentials            401
    ├── Forbidden                   403
    ├── NotFound                    404
    ├── Conflict                    409
    │   └── UserNameTaken
    ├── TooManyAttempts             429, says when to try again
    ├── NotReady                    503
    └── OAuthError                  RFC 6749 5.2, each with its `error`
        ├── InvalidRequest          400
        ├── InvalidClient           401
        ├── UnauthorizedClient      400
        ├── UnsupportedGrantType    400
        └── InvalidScope            400

Codes are WSO2's (ExceptionCodes) where it has one. OAuth's paths answer in RFC 6749's form, SCIM's in RFC 7644's.
"""

from __future__ import annotations

from typing import ClassVar

from telemetry.problem import SluiceError


class KeymanagerError(SluiceError):
    """Root of the key manager's errors."""


class InvalidInput(KeymanagerError):
    code = 900702
    message = "Invalid input"


class InvalidFilter(InvalidInput):
    message = "Invalid filter"


class InvalidPath(InvalidInput):
    message = "Invalid path"


class ImmutableAttribute(InvalidInput):
    message = "The attribute may not change"


class WrongCredentials(KeymanagerError):
    code = 900901
    message = "Invalid Credentials"


class Forbidden(KeymanagerError):
    code = 403
    message = "Forbidden"


class NotFound(KeymanagerError):
    code = 404
    message = "Not Found"


class Conflict(KeymanagerError):
    code = 409
    message = "Conflict"


class UserNameTaken(Conflict):
    message = "A user of this name exists"


class TooManyAttempts(KeymanagerError):
    """Too many wrong guesses: not even the right secret is looked at for `retry_after` seconds."""

    code = 429
    message = "Too many failed attempts"
    retriable = True

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(f"Too many failed attempts; try again in {retry_after} s.")
        self.retry_after = retry_after


class NotReady(KeymanagerError):
    code = 503
    message = "Not ready yet"
    retriable = True


class OAuthError(KeymanagerError):
    """`error` is the code of RFC 6749 5.2."""

    code = 400
    message = "OAuth error"
    error: ClassVar[str] = "server_error"


class InvalidRequest(OAuthError):
    error = "invalid_request"


class InvalidClient(OAuthError):
    """The same for an unknown client and a wrong secret."""

    code = 401
    message = "Invalid client credentials"
    error = "invalid_client"


class UnauthorizedClient(OAuthError):
    error = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    error = "unsupported_grant_type"


class InvalidScope(OAuthError):
    error = "invalid_scope"
