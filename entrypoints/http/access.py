"""Who may ask what: bearer tokens with roles, or, on loopback without tokens, everybody everything."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.ended_sessions import SignedOut
from application.actor import OWNER, Actor, Role
from domain.errors import DialtrailError, NotAllowed
from entrypoints.http.asker import Askers
from entrypoints.http.direct import is_direct
from entrypoints.http.limits import RequestLimits
from entrypoints.http.open_streams import OpenStreams
from entrypoints.http.person import check_names_nobody
from entrypoints.http.problems import Unauthorized, problem_of
from entrypoints.http.sessions import SESSION_COOKIE, Sessions, Sign
from entrypoints.http.token_uses import TokenUses
from entrypoints.settings import AccessToken

GUARDED_PREFIX = "/v1/"
GUARDED_PATHS = frozenset({"/metrics", "/openapi.json"})
READS: frozenset[Role] = frozenset({"viewer", "auditor", "operator"})
FULL_READS: frozenset[Role] = frozenset({"auditor", "operator"})
COMMANDS: frozenset[Role] = frozenset({"operator"})
SAFE_METHODS = frozenset({"GET", "HEAD"})
NOT_KEPT = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
NEVER_CHANGES = "private, max-age=604800, immutable"
"""The one thing that an answer may say otherwise: it is nobody's data, and the same for ever."""
_KEPT = (b"cache-control", NEVER_CHANGES.encode())
NOT_KEPT_NAMES = frozenset(name for name, _ in NOT_KEPT)
LOOPBACK = Actor("loopback", "operator")
FROM_OURSELVES = frozenset({"same-origin", "none"})


class Access:
    """The tokens, hashed, and the ASGI guard in front of `/v1`, which also holds callers to their limits."""

    def __init__(
        self,
        app: ASGIApp,
        tokens: Sequence[AccessToken],
        owner_token: Callable[[], str | None],
        limits: RequestLimits,
        askers: Askers,
        *,
        sign: Sign,
        ended: SignedOut,
        streams: OpenStreams,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._app = app
        self._limits = limits
        self._askers = askers
        self._known = [(Actor(t.name, t.role), _hash(t.token.get_secret_value())) for t in tokens]
        self._owner_token = owner_token
        self._actors = {actor.name: actor for actor, _ in self._known}
        secrets = {actor.name: f"{actor.role}.{hashed.hex()}" for actor, hashed in self._known}
        self.sessions = Sessions(sign, secrets, ended, clock, new_id)
        self.uses = TokenUses(self._actors.values(), clock)
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through with its actor, or answer it."""
        path = scope["path"] if scope["type"] == "http" else ""
        if not path.startswith(GUARDED_PREFIX) and path not in GUARDED_PATHS:
            await self._app(scope, receive, send)
            return
        try:
            self.admit(scope, self._actor(scope))
        except DialtrailError as error:
            await problem_of(error)(scope, receive, _for_one_reader(send))
            return
        await self._app(scope, receive, _for_one_reader(send))

    @property
    def needs_token(self) -> bool:
        """Whether there are tokens; without, everybody on this machine is operator."""
        return bool(self._known)

    def admit(self, scope: Scope, actor: Actor) -> None:
        """Let a request in as this actor's. Raises `TooManyRequests`, and `NotAllowed` where they may not name what it names."""
        state = scope.setdefault("state", {})
        state["actor"] = replace(actor, request_id=state.get("request_id", ""))
        if not actor.is_owner:
            self._limits.admit(actor.name)
            self.uses.seen(actor.name)
        if scope["method"] in SAFE_METHODS:  # to all others a viewer is refused in any case
            check_names_nobody(scope, actor)

    def signed_in(self, request: Request) -> Actor | None:
        """Who signed in to the pages; without tokens whoever sits at this machine. Raises `NotAllowed`."""
        if not self._known:
            return _actor_on_loopback(request.scope)
        cookie = request.cookies.get(SESSION_COOKIE, "")
        name = self.sessions.name_in(cookie)
        if name is None:
            return None
        request.state.may_go_on = lambda: self.sessions.name_in(cookie) is not None
        return self._actors[name]

    async def sign_out(self, request: Request) -> None:
        """End the session that this request has, and the streams that were opened in it. Raises `NotReady`."""
        try:
            await asyncio.to_thread(self.sessions.end, request.cookies.get(SESSION_COOKIE, ""))
        finally:
            self._streams.wake()

    def sign_in(self, request: Request, token: str) -> Actor:
        """Whose token it is. Raises `Unauthorized`, and `TooManyRequests` after too many wrong ones."""
        actor = self._actor_with(token, request)
        if actor.is_owner:
            raise Unauthorized("this token is not known here")
        return actor

    def _actor(self, scope: Scope) -> Actor:
        said = _said(scope, b"authorization")
        if len(said) > 1:  # whoever stands in front of us may have gone by the other one
            raise Unauthorized("Authorization is there more than once; send one")
        scheme, _, token = (said[0] if said else "").partition(" ")
        if scheme.lower() == "bearer" and token:
            return self._actor_with(token.strip(), Request(scope))
        if not self._known:
            return _actor_on_loopback(scope)
        request = Request(scope)
        # A browser sends the cookie along whoever made it ask: it reads, for our own pages, and commands nothing.
        is_ours = request.headers.get("sec-fetch-site", "none") in FROM_OURSELVES
        actor = self.signed_in(request) if is_ours and request.method in SAFE_METHODS else None
        if actor is None:
            raise Unauthorized("send `Authorization: Bearer <token>` with a token of DIALTRAIL_TOKENS")
        return actor

    def _actor_with(self, token: str, request: Request) -> Actor:
        given = _hash(token)
        owner_token = self._owner_token()
        known = self._known if owner_token is None else [*self._known, (OWNER, _hash(owner_token))]
        found = None
        for actor, expected in known:
            if hmac.compare_digest(expected, given):
                found = actor
        if found is None:
            self._limits.wrong_token(self._askers.address(request))
            raise Unauthorized("this token is not known here")
        return found


def allow(request: Request, roles: frozenset[Role]) -> Actor:
    """The actor, if their role is one of these; else `NotAllowed`."""
    actor: Actor = request.scope["state"]["actor"]
    if actor.role not in roles:
        raise NotAllowed(f"the role {actor.role} may not do this; it takes {' or '.join(sorted(roles))}")
    return actor


def _actor_on_loopback(scope: Scope) -> Actor:
    """Without tokens a person at this machine is the operator; a web page in their browser is not."""
    host, origin = _said(scope, b"host"), _said(scope, b"origin")
    if not is_direct(scope) or (origin and origin[0].partition("://")[2] != host[0]):
        raise NotAllowed(
            "without DIALTRAIL_TOKENS only requests from this machine to this machine are answered, "
            "and none that a proxy has handed on"
        )
    return LOOPBACK


def _said(scope: Scope, header: bytes) -> list[str]:
    """What the headers of this name say."""
    return [value.decode("latin-1") for name, value in scope["headers"] if name == header]


def _for_one_reader(send: Send) -> Send:
    """Nobody in between keeps an answer, and no browser takes it for something else than it says."""

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            said = message["headers"]
            headers = [one for one in said if one[0] not in NOT_KEPT_NAMES]
            bound = (_KEPT, *NOT_KEPT[1:]) if _KEPT in said else NOT_KEPT
            message = {**message, "headers": [*headers, *bound]}
        await send(message)

    return told


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
