"""Errors as RFC 9457 problems: what is wrong, and what to do."""

from collections.abc import Iterable, Mapping

import structlog
from msgspec import UNSET, Struct, UnsetType, to_builtins
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.errors import (
    Conflict,
    DialtrailError,
    InvalidInput,
    LedgerError,
    NeedsSecondPerson,
    NotAllowed,
    NotFound,
    NotReady,
    ProviderFailed,
    TooManyAtOnce,
    ViewsBehind,
)
from entrypoints.http.json import JsonResponse
from projections.store import ViewsUnusable

log = structlog.get_logger("dialtrail.http")

_KINDS: Mapping[type[DialtrailError], tuple[int, str, str]] = {
    InvalidInput: (400, "invalid-input", "The request cannot be used"),
    NotFound: (404, "not-found", "Nothing is known under that name"),
    Conflict: (409, "conflict", "Not possible in the present state"),
    NotAllowed: (403, "not-allowed", "Not allowed for this caller"),
    LedgerError: (503, "ledger-unavailable", "The ledger is not available; try again"),
}
RETRY_AFTER_SECONDS = 1
URN = "urn:dialtrail:problem:"


class Kind(Struct, frozen=True):
    """A kind of problem: the status it comes with, and its title."""

    status: int
    title: str


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong, and in `detail` what to do; `field` is the part of the request at fault, where one is."""

    type: str
    title: str
    status: int
    detail: str
    field: str | UnsetType = UNSET


class TooLarge(InvalidInput):
    """More was sent than one request may carry."""


class UnknownContentEncoding(DialtrailError):
    """The body is packed, and this route does not unpack."""


class Unauthorized(DialtrailError):
    """No token, or one that is not known."""


class TooManyRequests(DialtrailError):
    """More than this caller, or this address, may ask; again after so many seconds."""

    def __init__(self, message: str, retry_after_seconds: int = RETRY_AFTER_SECONDS) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


_KINDS = {
    NeedsSecondPerson: (409, "needs-second-person", "Somebody else has to approve it"),
    TooLarge: (413, "too-large", "The request is too large"),
    UnknownContentEncoding: (415, "encoding", "The body's encoding is not read here"),
    Unauthorized: (401, "unauthorized", "A token is needed"),
    NotReady: (503, "not-ready", "Not ready yet; try again"),
    ViewsUnusable: (503, "not-ready", "Not ready yet; try again"),
    ViewsBehind: (503, "view-behind", "The views have not come that far yet; try again"),
    ProviderFailed: (502, "provider-failed", "MiniVoice did not do it"),
    TooManyRequests: (429, "too-many-requests", "Too many requests; try again later"),
    TooManyAtOnce: (429, "too-many-requests", "Too many requests; try again later"),
    **_KINDS,
}
KINDS: Mapping[str, Kind] = {
    **{kind: Kind(status, title) for status, kind, title in _KINDS.values()},
    "unreadable": Kind(400, "The delivery cannot be read"),
    "signature": Kind(401, "The signature does not hold"),
    "no-such-route": Kind(404, "Not Found"),
    "no-such-method": Kind(405, "Method Not Allowed"),
    "internal": Kind(500, "Something went wrong inside Dialtrail"),
    "not-http": Kind(400, "This is not an HTTP request"),
    "too-slow": Kind(408, "The request did not come in time"),
    "head-too-large": Kind(431, "The headers are too large"),
    "too-many-connections": Kind(503, "Too many connections; try again"),
}


def problem(status: int, kind: str, title: str, detail: str, field: str | UnsetType = UNSET) -> Response:
    """A problem as an HTTP answer."""
    headers = {"retry-after": str(RETRY_AFTER_SECONDS)} if status in {429, 503} else {}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return JsonResponse(
        to_builtins(Problem(type=f"{URN}{kind}", title=title, status=status, detail=detail, field=field)),
        status_code=status,
        headers=headers,
        media_type="application/problem+json",
    )


def problem_of(error: DialtrailError) -> Response:
    """The problem that one of our errors is."""
    for family, (status, kind, title) in _KINDS.items():
        if isinstance(error, family):
            field = error.field if isinstance(error, InvalidInput) else UNSET
            answer = problem(status, kind, title, str(error), field)
            if isinstance(error, TooManyRequests):
                answer.headers["retry-after"] = str(error.retry_after_seconds)
            return answer
    return problem(500, "internal", "Something went wrong inside Dialtrail", str(error))


def kind_of(error: DialtrailError) -> tuple[int, str]:
    """The status and the title that one of our errors comes with."""
    for family, (status, _, title) in _KINDS.items():
        if isinstance(error, family):
            return status, title
    return 500, KINDS["internal"].title


def no_such_route() -> Response:
    """No template takes the path."""
    return problem(404, "no-such-route", KINDS["no-such-route"].title, "no such route; /docs lists them")


def no_such_method(taken: Iterable[Route]) -> Response:
    """The routes that take the path take other methods."""
    methods = sorted({method for route in taken for method in route.methods or ()})
    answer = problem(405, "no-such-method", KINDS["no-such-method"].title, "this route does not take this method")
    answer.headers["allow"] = ", ".join(methods)
    return answer


def internal() -> Response:
    """What nobody foresaw is not told to the caller."""
    return problem(500, "internal", KINDS["internal"].title, "the server's log has the details")


def log_mistake(request: Request, error: Exception) -> None:
    """What nobody foresaw, for us."""
    log.error("a request failed inside Dialtrail", method=request.method, error=repr(error), exc_info=error)
