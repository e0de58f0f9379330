"""Two calls side by side, folded from the ledger."""

from typing import Annotated

from msgspec import Struct

from application.actor import Actor
from application.fields import CallId, Count, EntryName, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.call import AnswerProofs, CameTo, PersonProofs, TalkSeconds
from application.queries.masking import shown_word
from domain.call import CallState
from domain.call.facts import Outcome
from domain.call.state import Phase
from domain.errors import NotFound
from domain.identity import call_stream
from projections.call_comparison import FieldDifference, Pair, Value, compare_calls


class SideShown(Struct, frozen=True, kw_only=True):
    """One of both calls, and how far it came."""

    call_id: CallId
    campaign_id: str | None
    phase: Phase
    outcome: Outcome | None
    plain_outcome: CameTo
    talk_seconds: TalkSeconds
    reached: bool
    answer_proofs: AnswerProofs
    person_proofs: PersonProofs
    step: str | None


class PlaceShown(Struct, frozen=True):
    """Where something happened in one call."""

    position: Position
    after_seconds: Annotated[float | None, means("since the call began, by the provider's clock where known")]


class DifferenceShown(Struct, frozen=True):
    """A field that is not the same."""

    field: Annotated[str, means("its path, such as body.call.status")]
    a: Annotated[Value, means("null to viewers")]
    b: Annotated[Value, means("null to viewers")]


class PairShown(Struct, frozen=True, kw_only=True):
    """The same thing in both calls, or in one of them."""

    event: EntryName
    step: str | None
    a: Annotated[PlaceShown | None, means("null where it happened in b only")]
    b: Annotated[PlaceShown | None, means("null where it happened in a only")]
    differences: list[DifferenceShown]


class ComparisonShown(Struct, frozen=True, kw_only=True):
    """Two calls: what they came to, and what happened, in order."""

    a: SideShown
    b: SideShown
    state: Annotated[list[DifferenceShown], means("what both came to, where that is not the same")]
    pairs: list[PairShown]
    same: Annotated[bool, means("both have the same entries, and nothing in them differs")]
    left_out: Annotated[Count, means("entries beyond those that are compared")]
    position: Position


def compared_calls(parts: Installation, actor: Actor, a: str, b: str, moment: Moment) -> ComparisonShown:
    """Both calls as they were known at a moment. Raises `NotFound`."""
    streams = [parts.ledger.read_stream(call_stream(call_id), moment.position) for call_id in (a, b)]
    for place, stream in zip(("the first", "the second"), streams, strict=True):
        if not stream:
            raise NotFound(f"{place} call is not in the ledger; `dialtrail status CAMPAIGN NUMBER` shows call ids")
    found = compare_calls(a, streams[0], b, streams[1])
    if found is None:
        raise NotFound("nothing is known of one of the calls")
    return ComparisonShown(
        a=_side(a, found.a.state, actor),
        b=_side(b, found.b.state, actor),
        state=[_difference(one, actor) for one in found.state],
        pairs=[_pair(pair, actor) for pair in found.pairs],
        same=not found.state and all(_is_same(pair) for pair in found.pairs),
        left_out=found.left_out,
        position=moment.position,
    )


def _is_same(pair: Pair) -> bool:
    return pair.a_position is not None and pair.b_position is not None and not pair.differences


def _side(call_id: str, state: CallState, actor: Actor) -> SideShown:
    return SideShown(
        call_id=call_id,
        campaign_id=None if state.claim is None else state.claim.campaign_id,
        phase=state.phase,
        outcome=state.outcome,
        plain_outcome=state.plain_outcome,
        talk_seconds=state.talk_seconds,
        reached=state.reached,
        answer_proofs=state.answer_proofs,
        person_proofs=state.person_proofs,
        step=shown_word(state.step, actor),
    )


def _pair(pair: Pair, actor: Actor) -> PairShown:
    return PairShown(
        event=pair.event,
        step=shown_word(pair.step, actor),
        a=None if pair.a_position is None else PlaceShown(pair.a_position, pair.a_after_seconds),
        b=None if pair.b_position is None else PlaceShown(pair.b_position, pair.b_after_seconds),
        differences=[_difference(one, actor) for one in pair.differences],
    )


def _difference(one: FieldDifference, actor: Actor) -> DifferenceShown:
    """Viewers see that something differs, and what it is called where that is a word; not what it says."""
    if actor.sees_numbers:
        return DifferenceShown(one.field, one.a, one.b)
    return DifferenceShown(shown_word(one.field, actor) or "", None, None)
