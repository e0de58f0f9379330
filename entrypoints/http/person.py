"""Whom a path names: a person by number, which takes a role that sees numbers, or by pseudonym, which anybody may."""

import re
from typing import Annotated

from msgspec import Meta
from starlette.requests import Request

from application.actor import Actor
from domain.errors import NotAllowed
from domain.identity import PSEUDONYM_HEX_CHARS, recipient_stream_of
from domain.phone_number import parse_number
from entrypoints.http.parameters import PathPart
from entrypoints.http.parts import parts_of

_PSEUDONYM = re.compile(f"[0-9a-f]{{{PSEUDONYM_HEX_CHARS}}}")
NumberOrPseudonym = Annotated[
    str,
    Meta(
        pattern=rf"^(\+[1-9][0-9]{{1,14}}|[0-9a-f]{{{PSEUDONYM_HEX_CHARS}}})$",
        description="E.164, such as +15551230009, or a pseudonym",
    ),
]


def _parse(text: str) -> str:
    return text if _PSEUDONYM.fullmatch(text) is not None else parse_number(text, "number")


PERSON = PathPart(
    name="number",
    kind=NumberOrPseudonym,
    means="the recipient, by number, or by the pseudonym that lists have as `recipient`",
    parse=_parse,
)


def stream_asked(request: Request, actor: Actor) -> str:
    """The stream of the person in the path. Raises `InvalidInput`, and `NotAllowed` for a viewer with a number:
    to answer would tell whose number it is that they may not see.
    """
    named = PERSON.read(request)
    if _PSEUDONYM.fullmatch(named) is not None:
        return recipient_stream_of(named)
    check_may_name(actor)
    return parts_of(request).ledger.recipient_stream(named)


def check_may_name(actor: Actor) -> None:
    """Raises `NotAllowed` where a number may not be asked about."""
    if not actor.sees_numbers:
        raise NotAllowed(
            f"the role {actor.role} may not ask by number; take the pseudonym that the list has as `recipient`"
        )
