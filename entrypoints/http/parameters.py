"""What a request says beside its body: each parameter is described by the same object that reads it."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request

from application.fields import CallId, CampaignId
from application.installation import Installation
from application.moment import POSITION_DIGITS_MAX, Moment
from application.queries.moments import check_place, moment_asked, moment_in_views
from domain.errors import InvalidInput
from domain.identity import parse_call_id
from entrypoints.http.parts import parts_of, path_value, query_of

POSITIONS_MAX = 10**15
NUMBER_DIGITS_MAX = 18
PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX = 100, 1_000
NotEmpty = Annotated[str, Meta(min_length=1)]
Word = TypeVar("Word", bound=str)
A_MOMENT = {
    "anyOf": [
        {"type": "integer", "minimum": 0, "maximum": 10**POSITION_DIGITS_MAX - 1},
        {"type": "string", "format": "date-time"},
    ]
}


class Parameter(Struct, frozen=True, kw_only=True):
    """A parameter as it is described: `kind` is a type of which its JSON schema is made."""

    name: str
    means: str
    kind: Any = str
    is_needed: bool = False
    place: ClassVar[Literal["path", "query", "header"]] = "query"
    repeats: ClassVar[bool] = False

    def schema(self) -> dict[str, Any]:
        """The form of its values."""
        return msgspec.json.schema(self.kind)

    def described(self) -> dict[str, Any]:
        """The parameter object."""
        return {
            "name": self.name,
            "in": self.place,
            "required": self.is_needed or self.place == "path",
            "description": self.means,
            "schema": self.schema(),
        }


class PathPart(Parameter, frozen=True, kw_only=True):
    """A part of the path; `parse` raises `InvalidInput` where it cannot be one."""

    place = "path"
    parse: Callable[[str], str] = str

    def read(self, request: Request) -> str:
        """What the path says. Raises `InvalidInput`."""
        return self.parse(path_value(request, self.name))


class Header(Parameter, frozen=True, kw_only=True):
    """A header that may be there."""

    place = "header"


class Text(Parameter, frozen=True, kw_only=True):
    """A part of the query as it is written; an empty one is refused, whatever it means (`check_query`)."""

    kind: Any = NotEmpty

    def of(self, query: Mapping[str, str]) -> str | None:
        """What a query says, or None."""
        return query.get(self.name)

    def read(self, request: Request) -> str | None:
        """What the request says, or None."""
        return self.of(query_of(request))


class Texts(Parameter, frozen=True, kw_only=True):
    """A part of the query that may be given several times."""

    kind: Any = list[NotEmpty]
    repeats: ClassVar[bool] = True

    def read(self, request: Request) -> list[str]:
        """What the request says, in its order."""
        return request.query_params.getlist(self.name)


class OneOf(Parameter, Generic[Word], frozen=True, kw_only=True):
    """One of some words; `refusal` is what is said of any other, in place of the list of them."""

    words: tuple[Word, ...]
    refusal: str = ""

    def schema(self) -> dict[str, Any]:
        """The words."""
        return {"type": "string", "enum": list(self.words)}

    def of(self, query: Mapping[str, str]) -> Word | None:
        """The word in a query, or None. Raises `InvalidInput`."""
        given = query.get(self.name)
        word = next((known for known in self.words if known == given), None)
        if given is not None and word is None:
            raise InvalidInput(self.name, self.refusal or f"is none of {', '.join(self.words)}")
        return word

    def read(self, request: Request) -> Word | None:
        """The word in the request, or None. Raises `InvalidInput`."""
        return self.of(query_of(request))


class WholeNumber(Parameter, frozen=True, kw_only=True):
    """A number within bounds."""

    default: int = 0
    least: int = 0
    most: int = POSITIONS_MAX

    def schema(self) -> dict[str, Any]:
        """Its bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most, "default": self.default}

    def of(self, query: Mapping[str, str]) -> int:
        """The number in a query. Raises `InvalidInput`."""
        text = query.get(self.name) or str(self.default)
        is_number = text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX
        if not (is_number and self.least <= int(text) <= self.most):
            raise InvalidInput(self.name, f"must be a whole number from {self.least} to {self.most}")
        return int(text)

    def read(self, request: Request) -> int:
        """The number in the request. Raises `InvalidInput`."""
        return self.of(query_of(request))


class PositionCursor(WholeNumber, frozen=True, kw_only=True):
    """A position after which to go on, which is not after the ledger's end."""

    async def within(self, request: Request) -> int:
        """The position in the request. Raises `InvalidInput`, also for one that this ledger has not come to."""
        place, parts = self.read(request), parts_of(request)
        if place > parts.ledger.position:
            await asyncio.to_thread(check_place, parts, self.name, place)
        return place


class AMoment(Parameter, frozen=True, kw_only=True):
    """An instant, inclusive, or a position of the ledger."""

    def schema(self) -> dict[str, Any]:
        """Either of both."""
        return A_MOMENT

    async def of(self, parts: Installation, query: Mapping[str, str]) -> Moment:
        """The moment in a query; without one, now. Raises `InvalidInput`."""
        return await moment_asked(parts, query.get(self.name), self.name)

    async def read(self, request: Request) -> Moment:
        """The moment in the request; without one, now. Raises `InvalidInput`."""
        return await self.of(parts_of(request), query_of(request))


CAMPAIGN = PathPart(name="id", kind=CampaignId, means="the campaign")
CALL = PathPart(name="id", kind=CallId, means="the call", parse=partial(parse_call_id, field="call id"))
OF_CAMPAIGN = Text(name="campaign", kind=CampaignId, means="only this campaign's")
AS_OF = AMoment(
    name="as_of",
    means="what the ledger knew then: an instant (RFC 3339, inclusive), or a position that is not after its end",
)
AT_LEAST = WholeNumber(name="at_least", means="a position that the answer must know; waits for it a little")
AFTER = PositionCursor(name="after", means="the `next` of the page before")


def after(most: int) -> WholeNumber:
    """Where a page begins, in a list whose places are fewer than positions."""
    return WholeNumber(name="after", means=AFTER.means, most=most)


def limit(default: int, most: int) -> WholeNumber:
    """How many items a page has."""
    return WholeNumber(name="limit", means="how many items at most", default=default, least=1, most=most)


LIMIT = limit(PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX)


async def views_moment(request: Request) -> Moment:
    """What a read of the views is asked about by `as_of` and `at_least`, once they have come that far."""
    return await moment_in_views(parts_of(request), request.query_params.get(AS_OF.name), AT_LEAST.read(request))
