"""What both clients agree on: the settings of their connection, what may be asked again, and what went wrong."""

from http import HTTPStatus
from typing import Any

import httpx

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
RETRIES_MAX = 4
RETRY_AFTER_SECONDS_MAX = 60
RETRIED_STATUSES = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
TIMEOUT = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)


class DialtrailProblem(Exception):
    """An answer that is an error: an RFC 9457 problem.

    `status` is the answer's; `field` is the part of the request at fault, where one is. What answers without a problem,
    such as a proxy, has the type `about:blank`.
    """

    def __init__(self, kind: str, title: str, status: int, detail: str, field: str | None = None) -> None:
        super().__init__(kind, title, status, detail, field)
        self.type = kind
        self.title = title
        self.status = status
        self.detail = detail
        self.field = field

    def __str__(self) -> str:
        return f"{self.status} {self.title}: {self.detail}"


def headers_of(token: str | None) -> dict[str, str]:
    """What goes along with each request. Raises `ValueError`, without the token, for one that no header can carry."""
    if token is None:
        return {}
    if not token or not all("!" <= character <= "~" for character in token):
        raise ValueError("the token is empty, or has characters that are not printable ASCII")
    return {"authorization": f"Bearer {token}"}


def retry_seconds(response: httpx.Response, retries: int) -> int | None:
    """After how many seconds this may be asked again, after so many retries; None: it may not.

    Only what reads is repeated, and only where the server says when. An instant, which proxies may send, is not read.
    """
    if response.request.method != "GET" or response.status_code not in RETRIED_STATUSES or retries >= RETRIES_MAX:
        return None
    said = response.headers.get("retry-after", "")
    if not (said.isascii() and said.isdigit()):
        return None
    seconds = int(said[: len(str(RETRY_AFTER_SECONDS_MAX)) + 1])
    return seconds if seconds <= RETRY_AFTER_SECONDS_MAX else None


def answer_of(response: httpx.Response) -> Any:
    """The answer's JSON. Raises `DialtrailProblem`."""
    if not response.is_success:
        raise _problem_of(response)
    try:
        return response.json()
    except ValueError:
        raise _strange(response, "the answer is no JSON: does the address lead to Dialtrail?") from None


def _problem_of(response: httpx.Response) -> DialtrailProblem:
    try:
        said = response.json()
    except ValueError:
        said = None
    told = said if isinstance(said, dict) else {}
    kind, title, detail, field = (told.get(name) for name in ("type", "title", "detail", "field"))
    if not (isinstance(kind, str) and isinstance(title, str) and isinstance(detail, str)):
        return _strange(
            response, "the answer is no problem as Dialtrail writes it: does the address lead to Dialtrail?"
        )
    return DialtrailProblem(kind, title, response.status_code, detail, field if isinstance(field, str) else None)


def _strange(response: httpx.Response, detail: str) -> DialtrailProblem:
    return DialtrailProblem("about:blank", response.reason_phrase, response.status_code, detail)
