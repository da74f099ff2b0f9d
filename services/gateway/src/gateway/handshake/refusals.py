"""Every refusal of a handshake, in one place; ``docs/errors.md`` is generated from ``CATALOGUE``.

Codes are WSO2's (``ExceptionCodes``, ``APISecurityConstants``, Synapse's 101503/101504) where it has one, else the
HTTP status. Statuses follow the blueprint: what WSO2 answers with 401 for a valid token without rights is 403 here.
The order of the groups is the order in which a handshake is checked.
"""

from gateway.handshake.refusal import Refusal

_BEARER = 'Bearer realm="sluice"'
_CHALLENGE = (("WWW-Authenticate", _BEARER),)
_INVALID_TOKEN = (("WWW-Authenticate", f'{_BEARER}, error="invalid_token"'),)
_INVALID_REQUEST = (("WWW-Authenticate", f'{_BEARER}, error="invalid_request"'),)
_SOON = (("Retry-After", "5"),)

# Syntax and limits.
MALFORMED_REQUEST = Refusal("malformed-request", 400, 400, "Bad Request", "The request is not a valid upgrade.")
REQUEST_TIMEOUT = Refusal("request-timeout", 408, 408, "Request Timeout", "The request head did not arrive in time.")
URI_TOO_LONG = Refusal("uri-too-long", 414, 414, "URI Too Long", "The request line is longer than 8 kB.")
HEADERS_TOO_LARGE = Refusal(
    "headers-too-large", 431, 431, "Request Header Fields Too Large",
    "A header line is longer than 8 kB, there are more than 100, or all together are over 64 kB.",
)  # fmt: skip
UNSUPPORTED_VERSION = Refusal(
    "unsupported-version", 426, 426, "Upgrade Required", "Only version 13 of the WebSocket protocol is spoken here.",
    (("Sec-WebSocket-Version", "13"), ("Upgrade", "websocket")),
)  # fmt: skip

# The gateway itself.
NOT_READY = Refusal("not-ready", 503, 503, "Not Ready", "The gateway is still learning its APIs.", _SOON)
DRAINING = Refusal("draining", 503, 503, "Draining", "The gateway is about to stop. Connect again.", _SOON)
OVERLOADED = Refusal("overloaded", 503, 503, "Overloaded", "The gateway has too many connections.", _SOON)

# The route.
NO_API = Refusal("no-api", 404, 404, "Not Found", "No matching API was found for the path of the request.")
NO_CHANNEL = Refusal("no-channel", 404, 900906, "No matching resource found", "No channel of the API has this path.")
API_BLOCKED = Refusal(
    "api-blocked", 503, 700700, "API blocked", "This API has been blocked temporarily. Try again later.",
    (("Retry-After", "60"),),
)  # fmt: skip
ORIGIN_REFUSED = Refusal("origin-refused", 403, 900425, "Forbidden", "The Origin may not use this API.")
DENIED = Refusal("denied", 403, 900805, "Message blocked", "A deny policy applies to this request.")

BANNED = Refusal("banned", 403, 900805, "Message blocked", "An operator keeps this client out for a while.")

# Credentials.
SEVERAL_CREDENTIALS = Refusal(
    "several-credentials", 400, 400, "Bad Request", "Send the access token once, in one place.", _INVALID_REQUEST
)
MISSING_CREDENTIALS = Refusal(
    "missing-credentials", 401, 900902, "Missing Credentials",
    "Send an access token: 'Authorization: Bearer <token>', '?access_token=<token>', or the subprotocols "
    "'sluice.bearer' and 'sluice.bearer.<token>'.",
    _CHALLENGE,
)  # fmt: skip
BASIC_DOES_NOT_WORK = Refusal(
    "basic-does-not-work", 401, 900902, "Missing Credentials",
    "Basic authentication does not work here. Send 'Authorization: Bearer <token>'.",
    _CHALLENGE,
)  # fmt: skip
UNKNOWN_SCHEME = Refusal(
    "unknown-scheme", 401, 900902, "Missing Credentials",
    "This Authorization scheme does not work here. Send 'Authorization: Bearer <token>'.",
    _CHALLENGE,
)  # fmt: skip
API_KEY_DOES_NOT_WORK = Refusal(
    "api-key-does-not-work", 401, 900902, "Missing Credentials",
    "API keys do not work here. Send 'Authorization: Bearer <token>'.",
    _CHALLENGE,
)  # fmt: skip
INVALID_CREDENTIALS = Refusal(
    "invalid-credentials", 401, 900901, "Invalid Credentials", "The access token is not valid.", _INVALID_TOKEN
)
EXPIRED_TOKEN = Refusal(
    "expired-token", 401, 900903, "Access Token Expired", "The access token has expired.", _INVALID_TOKEN
)
INACTIVE_TOKEN = Refusal(
    "inactive-token", 401, 900904, "Access Token Inactive", "The access token was revoked.", _INVALID_TOKEN
)

# Rights.
NO_SUBSCRIPTION = Refusal(
    "no-subscription", 403, 900908, "Resource forbidden", "The application has no subscription to this API."
)
SUBSCRIPTION_BLOCKED = Refusal(
    "subscription-blocked", 403, 900907, "API blocked", "The subscription to this API is blocked."
)
SUBSCRIPTION_INACTIVE = Refusal(
    "subscription-inactive", 403, 900909, "Subscription inactive",
    "The subscription waits for approval or was rejected.",
)  # fmt: skip
INSUFFICIENT_SCOPE = Refusal(
    "insufficient-scope", 403, 900910, "The access token does not allow you to access the requested resource",
    "The access token lacks a scope of the channel.",
    (("WWW-Authenticate", f'{_BEARER}, error="insufficient_scope"'),),
)  # fmt: skip
NO_ENDPOINT_FOR_KEY_TYPE = Refusal(
    "no-endpoint-for-key-type", 403, 900901, "Invalid Credentials",
    "The API has no endpoint for keys of this type (production or sandbox).",
)  # fmt: skip

# Limits.
TOO_MANY_CONNECTIONS = Refusal(
    "too-many-connections", 429, 900804, "Message throttled out", "The plan allows no further connection.", _SOON
)
QUOTA_EXCEEDED = Refusal(
    "quota-exceeded", 429, 900804, "Message throttled out", "The quota of the plan is spent.", _SOON
)

# The backend.
BACKEND_UNREACHABLE = Refusal("backend-unreachable", 502, 101503, "Bad Gateway", "The backend could not be reached.")
BACKEND_REFUSED = Refusal(
    "backend-refused", 502, 502, "Bad Gateway", "The backend did not accept the WebSocket; it answered with a status."
)
INVALID_BACKEND_ANSWER = Refusal(
    "invalid-backend-answer", 502, 502, "Bad Gateway", "The backend's answer to the upgrade is not valid."
)
BACKEND_TIMED_OUT = Refusal(
    "backend-timed-out", 504, 101504, "Gateway Timeout", "The backend did not accept the WebSocket in time."
)
INTERNAL_ERROR = Refusal("internal-error", 500, 900900, "Internal Server Error", "The gateway failed. It is not you.")

CATALOGUE: tuple[Refusal, ...] = (
    MALFORMED_REQUEST, REQUEST_TIMEOUT, URI_TOO_LONG, HEADERS_TOO_LARGE, UNSUPPORTED_VERSION,
    NOT_READY, DRAINING, OVERLOADED,
    NO_API, NO_CHANNEL, API_BLOCKED, ORIGIN_REFUSED, DENIED, BANNED,
    SEVERAL_CREDENTIALS, MISSING_CREDENTIALS, BASIC_DOES_NOT_WORK, UNKNOWN_SCHEME, API_KEY_DOES_NOT_WORK,
    INVALID_CREDENTIALS, EXPIRED_TOKEN, INACTIVE_TOKEN,
    NO_SUBSCRIPTION, SUBSCRIPTION_BLOCKED, SUBSCRIPTION_INACTIVE, INSUFFICIENT_SCOPE, NO_ENDPOINT_FOR_KEY_TYPE,
    TOO_MANY_CONNECTIONS, QUOTA_EXCEEDED,
    BACKEND_UNREACHABLE, BACKEND_REFUSED, INVALID_BACKEND_ANSWER, BACKEND_TIMED_OUT, INTERNAL_ERROR,
)  # fmt: skip
