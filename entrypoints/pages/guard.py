"""In front of each page: who asks, whether a form is ours, and what a browser may do with the answer."""

import asyncio
import hmac
from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qs, quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import InvalidInput, NotAllowed
from entrypoints.http.access import FROM_OURSELVES, Access
from entrypoints.http.parts import read_body
from entrypoints.http.problems import TooLarge
from entrypoints.http.sessions import SESSION_COOKIE
from entrypoints.pages.multipart import read_multipart
from entrypoints.public_path import PublicPath

FORM_BYTES_MAX = 16 * 1024
FORM_FIELDS_MAX = 60
FORM_TOKEN = "form_token"  # noqa: S105 - the field's name
SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # A form's request says where it came from only where its page may say it.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
CACHE_CONTROL = "no-store"


class SecurityHeaders:
    """Puts them on every answer of an application, its mistakes too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with them."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", CACHE_CONTROL)
            await send(message)

        await self._app(scope, receive, answer)


class RedirectsBelow:
    """An application whose redirects lead below the path."""

    def __init__(self, app: ASGIApp, path: PublicPath) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and put the path before where it leads to."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "location" in headers:
                    headers["location"] = self._path.before(headers["location"])
            await send(message)

        await self._app(scope, receive, answer)


def let_in(request: Request) -> Response | None:
    """Let whoever is signed in see the page; all others are sent to sign in, and come back here."""
    access = access_of(request)
    actor = access.signed_in(request)
    if actor is None:
        if request.method not in {"GET", "HEAD"}:
            raise NotAllowed("you are not signed in any more; sign in, and do it again")
        here = request.scope["path"] + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(here, safe='')}", status_code=303)
    access.admit(request.scope, actor)
    request.state.can_sign_out = access.needs_token
    request.state.form_token = access.sessions.form_token(request.cookies.get(SESSION_COOKIE, "")[:1000])
    return None


async def read_form(request: Request, bytes_max: int = FORM_BYTES_MAX) -> dict[str, str]:
    """The fields of a form that one of our own pages sent. Raises `NotAllowed` for any other."""
    check_origin(request)
    return _of_this_session(request, await read_fields(request, bytes_max))


async def read_upload(request: Request, bytes_max: int) -> tuple[dict[str, str], bytes]:
    """The fields of such a form, and the file that was sent with it. Raises `NotAllowed`, `InvalidInput`, `TooLarge`."""
    check_origin(request)
    body = await read_body(request, bytes_max + FORM_BYTES_MAX)
    kind = request.headers.get("content-type", "")
    fields, content = await asyncio.to_thread(read_multipart, kind, body)
    if len(content) > bytes_max or sum(map(len, fields.values())) > FORM_BYTES_MAX:
        raise TooLarge(
            "body", f"at most {bytes_max // 1024**2} MiB of a file are taken, and {FORM_BYTES_MAX:,} bytes beside it"
        )
    return _of_this_session(request, fields), content


def _of_this_session(request: Request, fields: dict[str, str]) -> dict[str, str]:
    if not hmac.compare_digest(fields.pop(FORM_TOKEN, "").encode(), request.state.form_token.encode()):
        raise NotAllowed("this form is not of this session any more; go back, load the page anew, and do it again")
    return fields


async def read_fields(request: Request, bytes_max: int = FORM_BYTES_MAX) -> dict[str, str]:
    """The fields of a form, each once."""
    body = await read_body(request, bytes_max)
    try:
        given = parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS_MAX)
    except ValueError:
        raise InvalidInput("body", "is not a form as browsers send it; load the page anew, and do it again") from None
    return {name: values[-1] for name, values in given.items()}


def check_origin(request: Request) -> None:
    """A form comes from a page of ours, by all that the browser says of it.

    A proxy in front may name another host to us than people name to it: DIALTRAIL_PUBLIC_URL says which.
    """
    origin = request.headers.get("origin")
    hosts = {request.headers.get("host", ""), request.app.state.public_host}
    is_ours = request.headers.get("sec-fetch-site", "none") in FROM_OURSELVES
    if not is_ours or (origin is not None and origin.partition("://")[2] not in hosts):
        raise NotAllowed("this form came from another site; open the page here, and do it again")


def access_of(request: Request) -> Access:
    """The guard of the installation that this request came to."""
    return cast("Access", request.app.state.access)
