"""Whom a path names: a person by number, which takes a role that sees numbers, or by pseudonym, which anybody may."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated
from urllib.parse import parse_qsl, unquote

from msgspec import Meta
from starlette.requests import Request
from starlette.types import Scope

from application.actor import Actor
from application.fields import E164
from domain.errors import NotAllowed
from domain.identity import PSEUDONYM_HEX_CHARS, recipient_stream_of
from domain.person import spellings
from domain.phone_number import is_number_like, mask_in, parse_number
from entrypoints.http.parameters import PathPart, Text
from entrypoints.http.parts import parts_of

NAMING = frozenset({"call", "campaign", "a", "b", "number", "q"})
"""The parts of a query that name somebody or something."""

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


NUMBERED = PathPart(name="number", kind=E164, means="the person", parse=partial(parse_number, field="number"))
"""Somebody whom a number alone names: for what is done to a person, whether they are known or not."""

OF_PERSON = Text(
    name="number",
    kind=NumberOrPseudonym,
    means="only those of this person, in any spelling: by number (Roles: auditor, operator), or by pseudonym",
)


def person_in(query: Mapping[str, str], actor: Actor) -> str | None:
    """The person that a query names, by number or pseudonym. Raises `InvalidInput`, and `NotAllowed` for a viewer with a number."""
    given = OF_PERSON.of(query)
    if given is None:
        return None
    # A plus that nobody encoded arrives as a space.
    return _may_ask(_parse(f"+{given[1:]}" if given.startswith(" ") else given.strip()), actor)


def person_asked(request: Request, actor: Actor) -> str:
    """The person in the path, by number or pseudonym. Raises `InvalidInput`, and `NotAllowed` for a viewer with a number."""
    return _may_ask(PERSON.read(request), actor)


def _may_ask(named: str, actor: Actor) -> str:
    if _PSEUDONYM.fullmatch(named) is None:
        check_may_name(actor)
    return named


def streams_asked(request: Request, actor: Actor) -> list[str]:
    """The streams of the person in the path: of the number that was given, then of its other spellings.

    Raises `InvalidInput`, and `NotAllowed` for a viewer with a number: to answer would tell whose number it is that they
    may not see.
    """
    named = person_asked(request, actor)
    if _PSEUDONYM.fullmatch(named) is not None:
        return [recipient_stream_of(named)]
    return [parts_of(request).ledger.recipient_stream(one) for one in spellings(named)]


def stream_named(text: str, stream_of: Callable[[str], str]) -> str:
    """The stream of a person who is named by number or by pseudonym. Raises `InvalidInput`."""
    named = _parse(text)
    return stream_of(named) if _PSEUDONYM.fullmatch(named) is None else recipient_stream_of(named)


def check_names_nobody(scope: Scope, actor: Actor) -> None:
    """Raises `NotAllowed` where a viewer's address has a number in it, in whichever place: any answer would tell of that person."""
    if actor.sees_numbers:
        return
    query = parse_qsl(scope.get("query_string", b"").decode("latin-1"))
    if any(is_number_like(unquote(part)) for part in scope["path"].split("/")) or any(
        _is_number(name, value) for name, value in query
    ):
        check_may_name(actor)


def _is_number(name: str, value: str) -> bool:
    if _PSEUDONYM.fullmatch(value) is not None:  # chance may put as many digits side by side as a number has
        return False
    if name not in NAMING:
        return mask_in(value) != value
    return is_number_like(value) or is_number_like(f"+{value.strip()}")  # of a plus that nobody escaped a blank is left


def check_may_name(actor: Actor) -> None:
    """Raises `NotAllowed` where a number may not be asked about."""
    if not actor.sees_numbers:
        raise NotAllowed(
            f"the role {actor.role} may not ask by number; take the pseudonym that the list has as `recipient`"
        )
