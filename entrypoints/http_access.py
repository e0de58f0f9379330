"""Who may ask what: bearer tokens with roles, or, on loopback without tokens, everybody everything."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from msgspec import Struct
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.errors import DialtrailError, NotAllowed
from entrypoints.http_problems import Unauthorized, problem_of
from entrypoints.settings import AccessToken, Role

GUARDED_PREFIX = "/v1/"
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
READS: frozenset[Role] = frozenset({"viewer", "auditor", "operator"})
COMMANDS: frozenset[Role] = frozenset({"operator"})


class Caller(Struct, frozen=True):
    """Who asks: the name that goes into the ledger's metadata, and what they may do."""

    name: str
    role: Role

    @property
    def sees_numbers(self) -> bool:
        """Whether numbers and bodies are shown to them in full."""
        return self.role != "viewer"


class Access:
    """The tokens, hashed, and the ASGI guard in front of `/v1`."""

    def __init__(self, app: ASGIApp, tokens: Sequence[AccessToken], owner_token: Callable[[], str | None]) -> None:
        self._app = app
        self._known = [(Caller(t.name, t.role), _hash(t.token.get_secret_value())) for t in tokens]
        self._owner_token = owner_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through with its caller, or answer it."""
        if scope["type"] != "http" or not scope["path"].startswith(GUARDED_PREFIX):
            await self._app(scope, receive, send)
            return
        try:
            scope.setdefault("state", {})["caller"] = self._caller(Request(scope))
        except DialtrailError as error:
            await problem_of(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _caller(self, request: Request) -> Caller:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            return self._caller_with(token.strip())
        if self._known:
            raise Unauthorized("send `Authorization: Bearer <token>` with a token of DIALTRAIL_TOKENS")
        return _caller_on_loopback(request)

    def _caller_with(self, token: str) -> Caller:
        given = _hash(token)
        owner_token = self._owner_token()
        known = (
            self._known if owner_token is None else [*self._known, (Caller("owner", "operator"), _hash(owner_token))]
        )
        found = None
        for caller, expected in known:
            if hmac.compare_digest(expected, given):
                found = caller
        if found is None:
            raise Unauthorized("this token is not known here")
        return found


def allow(request: Request, roles: frozenset[Role]) -> Caller:
    """The caller, if their role is one of these; else `NotAllowed`."""
    caller: Caller = request.state.caller
    if caller.role not in roles:
        raise NotAllowed(f"the role {caller.role} may not do this; it takes {' or '.join(sorted(roles))}")
    return caller


def _caller_on_loopback(request: Request) -> Caller:
    """Without tokens a person at this machine is the operator; a web page in their browser is not."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    if not _is_here(f"//{host}") or (origin is not None and origin.partition("://")[2] != host):
        raise NotAllowed("without DIALTRAIL_TOKENS only requests from this machine to this machine are answered")
    return Caller("loopback", "operator")


def _is_here(address: str) -> bool:
    try:
        return urlsplit(address).hostname in LOOPBACK_NAMES
    except ValueError:
        return False


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
