"""Links that lead a call on: they say where its walk stands, and are signed, so that nobody can walk a script from outside."""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from application.answering.asked import PLACE_NAME, SIGNATURE_NAME
from application.answering.session import CallSession
from domain.script import Place

PLACE_CHARS_MAX = 4_000


class Link(Struct, frozen=True, array_like=True):
    """Whose session, in which version of the campaign's script, where in it the walk stands, and which walk it is.

    `walk` is None in a link of a time when walks were not told apart.
    """

    session: CallSession
    version: int
    place: Place
    walk: str | None = None


def key_of(place: Place) -> str:
    """What tells one place of a walk from every other."""
    return msgspec.json.encode(place).decode()


class Links:
    """`sign` makes a signature of a text that nobody else can make."""

    def __init__(self, sign: Callable[[str], str]) -> None:
        self._sign = sign

    def query(self, link: Link) -> str:
        """The query with which this walk goes on."""
        at = base64.urlsafe_b64encode(msgspec.json.encode(link)).decode().rstrip("=")
        return urlencode({PLACE_NAME: at, SIGNATURE_NAME: self._sign(at)})

    def read(self, own: Mapping[str, str]) -> Link | None:
        """What a query says; None where it is not one of ours, whole."""
        at, given = own.get(PLACE_NAME, ""), own.get(SIGNATURE_NAME, "")
        if len(at) > PLACE_CHARS_MAX or not hmac.compare_digest(given.encode(), self._sign(at).encode()):
            return None
        try:
            raw = base64.urlsafe_b64decode(at + "=" * (-len(at) % 4))
            return msgspec.json.decode(raw, type=Link)
        except (binascii.Error, ValueError, msgspec.MsgspecError):
            return None
