"""Who signed in to the pages: a cookie that only this ledger can make, without the token in it."""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from adapters.ended_sessions import SignedOut

SESSION_COOKIE = "dialtrail_session"
SESSION_SECONDS_MAX = 12 * 60 * 60
COOKIE_CHARS_MAX = 1_000
COOKIE_PARTS = 4

Sign = Callable[[str, str], str]


class Sessions:
    """Makes the cookies and reads them. `secrets` has, under each actor's name, what ends their sessions when it changes.

    A session ends when its time is over, when its actor's role or token changes, and when they sign out.
    """

    def __init__(
        self,
        sign: Sign,
        secrets: Mapping[str, str],
        ended: SignedOut,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._sign = sign
        self._secrets = secrets
        self._clock = clock
        self._new_id = new_id
        self._ended = ended

    def begin(self, name: str) -> str:
        """A cookie for a actor."""
        expires = int((self._clock() + timedelta(seconds=SESSION_SECONDS_MAX)).timestamp())
        plain = f"{_encoded(name)}.{expires}.{self._new_id()}"
        return f"{plain}.{self._signature(name, plain)}"

    def name_in(self, cookie: str) -> str | None:
        """Whose session it is; None where it is none, or over."""
        if len(cookie) > COOKIE_CHARS_MAX or cookie.count(".") != COOKIE_PARTS - 1:
            return None
        plain, _, signature = cookie.rpartition(".")
        encoded, expires, session_id = plain.split(".")
        name = _decoded(encoded)
        if name is None or name not in self._secrets:
            return None
        if not hmac.compare_digest(signature.encode(), self._signature(name, plain).encode()):
            return None
        if int(expires) <= self._clock().timestamp() or self._ended.has(session_id):
            return None
        return name

    def end(self, cookie: str) -> None:
        """Nobody gets in with it any more, also after a restart. Writes to disk; raises `NotReady` where that fails."""
        if self.name_in(cookie) is None:
            return
        _, expires, session_id, _ = cookie.split(".")
        self._ended.remember(session_id, int(expires), int(self._clock().timestamp()))

    def form_token(self, cookie: str) -> str:
        """What a form must bring along to be believed that it is ours; another for each session."""
        return self._sign("page form", cookie)

    def _signature(self, name: str, plain: str) -> str:
        return self._sign("page session", f"{plain}.{self._secrets[name]}")


def _encoded(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode(f"{text}{'=' * (-len(text) % 4)}", altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
