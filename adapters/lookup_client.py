"""A campaign's lookup, asked by HTTP: one signed question about one person, and its answer read strictly."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from adapters.outgoing import Answered, Bounds, NotAnswered, OutgoingClient
from adapters.recipient_columns import name_fault
from adapters.signing import SigningSecret
from adapters.tables.record import text_fault
from adapters.targets import TargetRefused
from domain.campaign import Lookup

ANSWER_BYTES_MAX = 64 * 1024
CONNECT_SECONDS_MAX = 3.0
VARIABLES_MAX = 100
VARIABLES_BYTES_MAX = 8 * 1024
"""Of all names and values of an answer: they are in each attempt's event for ever."""
REASON_CHARS_MAX = 200
WHY_CHARS_MAX = 200
OK = 200
LookupResult = Literal["call", "no_call", "failed"]
Observe = Callable[[LookupResult, float], None]


class LookupQuestion(Struct, frozen=True, kw_only=True):
    """The body of a question."""

    number: str
    campaign_id: str
    reference: str | None
    variables: Mapping[str, str]

    def __repr__(self) -> str:
        return f"LookupQuestion({self.campaign_id!r})"


class LookupSaid(Struct, frozen=True, kw_only=True):
    """An answer: whether to call, the reason if one was given, and the variables that are added or take others' place."""

    call: bool
    reason: str | None = None
    variables: Mapping[str, str] = {}


class LookupUnanswered(Exception):
    """There is no answer that can be used; the text says why, and has nothing of the person in it.

    `is_ours`: it was not asked, for a reason on our side, such as a target that is not allowed.
    """

    def __init__(self, why: str, *, is_ours: bool = False) -> None:
        super().__init__(why)
        self.is_ours = is_ours


class LookupClient:
    """Asks. `observe` is told what came of it, and the seconds that it took. Without a `secret` nothing is signed."""

    def __init__(
        self,
        outgoing: OutgoingClient,
        secret: SigningSecret | None,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        new_id: Callable[[], str],
        observe: Observe,
    ) -> None:
        self._outgoing = outgoing
        self._secret = secret
        self._clock = clock
        self._monotonic = monotonic
        self._new_id = new_id
        self._observe = observe

    async def ask(self, lookup: Lookup, question: LookupQuestion) -> LookupSaid:
        """One request, never repeated in here. Raises `LookupUnanswered`."""
        began = self._monotonic()
        result: LookupResult = "failed"
        try:
            said = read_answer(await self._send(lookup, question))
            result = "call" if said.call else "no_call"
            return said
        finally:
            self._observe(result, self._monotonic() - began)

    async def reaches(self, lookup: Lookup) -> str | None:
        """Why nothing would answer there; None where something does. Nobody is asked about: it is a HEAD without a body."""
        try:
            await self._outgoing.send("HEAD", lookup.url, headers={}, bounds=_bounds(lookup))
        except (TargetRefused, NotAnswered) as error:
            return str(error)
        return None

    async def aclose(self) -> None:
        """Close every connection; nothing can be asked after."""
        await self._outgoing.aclose()

    async def _send(self, lookup: Lookup, question: LookupQuestion) -> Answered:
        body = msgspec.json.encode(question)
        headers = {"content-type": "application/json", "accept": "application/json"}
        if self._secret is not None:
            headers |= self._secret.headers(f"lookup_{self._new_id()}", body, self._clock())
        try:
            return await self._outgoing.send("POST", lookup.url, headers=headers, body=body, bounds=_bounds(lookup))
        except TargetRefused as error:
            raise LookupUnanswered(f"it must not be asked: {error}"[:WHY_CHARS_MAX], is_ours=True) from None
        except NotAnswered as error:
            raise LookupUnanswered(error.why[:WHY_CHARS_MAX]) from None


def read_answer(answered: Answered) -> LookupSaid:
    """What an answer says; fields that are not known are left alone. Raises `LookupUnanswered` for one that is not as agreed.

    A "no" stands, whatever else is wrong with it: it is never taken for a failure that one might go on without.
    """
    if answered.status != OK:
        raise LookupUnanswered(f"it answered HTTP {answered.status}, and not {OK}")
    if answered.is_cut:
        raise LookupUnanswered(f"its answer has more than {ANSWER_BYTES_MAX:,} bytes")
    try:
        given = msgspec.json.decode(answered.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise LookupUnanswered("its answer is not JSON") from None
    if not isinstance(given, dict):
        raise LookupUnanswered("its answer is not a JSON object")
    call, reason = given.get("call"), given.get("reason")
    if not isinstance(call, bool):
        raise LookupUnanswered('its answer has no "call" that is true or false')
    if not call:
        return LookupSaid(call=False, reason=_clipped(reason))
    if reason is not None and not isinstance(reason, str):
        raise LookupUnanswered('"reason" of its answer is not a text')
    return LookupSaid(call=True, reason=_clipped(reason), variables=_variables(given.get("variables")))


def _clipped(reason: object) -> str | None:
    if not isinstance(reason, str):
        return None
    clean = reason.replace("\0", "").encode(errors="replace").decode().strip()
    return clean[:REASON_CHARS_MAX] or None


def _variables(given: Any) -> Mapping[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise LookupUnanswered('"variables" of its answer is not an object')
    if len(given) > VARIABLES_MAX:
        raise LookupUnanswered(f'"variables" of its answer has more than {VARIABLES_MAX} names')
    for name, value in given.items():
        if not isinstance(name, str) or name != name.strip() or name_fault(name) is not None:
            raise LookupUnanswered(
                'a name in "variables" of its answer is empty, too long, or not one that an import takes'
            )
        if not isinstance(value, str):
            raise LookupUnanswered(f"variable {name} of its answer is not a text"[:WHY_CHARS_MAX])
        fault = text_fault(value)
        if fault is not None:
            raise LookupUnanswered(f"variable {name} of its answer {fault}"[:WHY_CHARS_MAX])
    size = sum(len(text.encode()) for pair in given.items() for text in pair)
    if size > VARIABLES_BYTES_MAX:
        raise LookupUnanswered(f'"variables" of its answer have {size:,} bytes, more than {VARIABLES_BYTES_MAX:,}')
    return given


def _bounds(lookup: Lookup) -> Bounds:
    return Bounds(
        connect_seconds=min(CONNECT_SECONDS_MAX, lookup.timeout_seconds),
        total_seconds=lookup.timeout_seconds,
        answer_bytes_max=ANSWER_BYTES_MAX,
    )
