"""A call as a story: what it came to in a sentence, what the caller heard and pressed, and the same person's other calls."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from adapters.minivoice_spoken import spoken_in
from application.actor import Actor
from application.fields import Amount, CallId, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.call import CallRead, CameTo, TalkSeconds, read_call
from application.queries.disclosure import DisclosureShown, disclosure_shown
from application.queries.masking import shown_text, shown_word
from domain.call import AnswerServed, CallGathered, CallState, is_of
from domain.caller_pool import Choose
from domain.events import Recorded
from domain.identity import call_stream
from domain.recipient import Attempt, RecipientState
from domain.zones import zones_in, zones_of
from projections.folded import call_of, people_of

SIBLINGS_MAX = 20
HEARD_MAX = 500

NOT_ANSWERED: Mapping[str, str] = {
    "ringing": "ringing, no answer so far",
    "no_answer": "no answer",
    "busy": "busy",
    "refused": "refused by the one called",
    "failed": "could not be put through",
    "unknown": "whether it was answered is not known",
}

HeardKind = Literal["said", "asked", "pressed", "no_key", "done"]


class HeardShown(Struct, frozen=True, kw_only=True):
    """One thing that the caller heard or did, in the ledger's order."""

    position: Position
    kind: Annotated[HeardKind, means("`done` is an action that says nothing, such as a transfer")]
    step: Annotated[str | None, means("the script's step that it belongs to")]
    action: Annotated[str | None, means("MiniVoice's name for the action; null of what the caller did")]
    text: Annotated[str | None, means("what was said, or which keys were pressed; not for viewers")]


class SiblingShown(Struct, frozen=True, kw_only=True):
    """Another call of the same person, in whichever campaign."""

    call_id: CallId
    campaign_id: str
    started_at: Annotated[Instant, means("when its attempt was recorded, by our clock")]
    plain_outcome: CameTo
    talk_seconds: TalkSeconds


class StoryShown(Struct, frozen=True, kw_only=True):
    """A call, told. The seconds are since it began, by MiniVoice's clock; null where a time of it is not known."""

    call_id: CallId
    says: Annotated[str, means("the call in one sentence")]
    evidence: Annotated[str, means("what proves that it was answered, and whether by a person")]
    answered_after_seconds: Amount | None
    ended_after_seconds: Amount | None
    heard: Annotated[list[HeardShown], means("at most 500")]
    disclosure: Annotated[
        DisclosureShown | None,
        means("whether it said what the policy has each call begin with; null where that asks for nothing"),
    ]
    caller_why: Annotated[
        Choose | None, means("why it was made from that number of the campaign's pool; null without a pool")
    ]
    zones: Annotated[tuple[str, ...], means("where on the clock the person may be")]
    siblings: Annotated[list[SiblingShown], means("the same person's other calls, the latest first; at most 20")]
    position: Position


def story_at(parts: Installation, actor: Actor, call_id: str, moment: Moment) -> StoryShown:
    """A call's story as it was known at a moment. Raises `NotFound`."""
    return shown_story(parts, actor, read_call(parts, call_id, moment.position))


def shown_story(parts: Installation, actor: Actor, read: CallRead) -> StoryShown:
    """The story; reads the person's stream and those of their last calls."""
    state = call_of(read.stream)
    person = _person_of(parts, state, read.position)
    return StoryShown(
        call_id=read.call_id,
        says=call_in_a_sentence(state, sees_keys=actor.sees_numbers),
        evidence=evidence_of(state),
        answered_after_seconds=_since(state.created_at, state.answered_at),
        ended_after_seconds=_since(state.created_at, state.ended_at),
        heard=list(_heard(read.stream, state, actor))[:HEARD_MAX],
        disclosure=disclosure_shown(parts, read.stream, state, read.position),
        caller_why=_caller_why(state, person),
        zones=_zones(state, person),
        siblings=_siblings(parts, person, read),
        position=read.position,
    )


def call_in_a_sentence(state: CallState, *, sees_keys: bool) -> str:
    """`answered after 1 s, pressed 8, 9, 0, ended after 2 s`; without the keys for those who may not see them."""
    answered, ended = (_since(state.created_at, at) for at in (state.answered_at, state.ended_at))
    parts = []
    if state.reached:
        parts.append(f"answered{_after(answered)}")
        if state.pressed:
            parts.append(f"pressed {', '.join(state.entered)}" if sees_keys and state.entered else "keys were pressed")
    else:
        parts.append(NOT_ANSWERED[state.plain_outcome])
    if state.phase == "ended":
        parts.append(f"ended{_after(ended)}")
    elif state.is_lost:
        parts.append("how it ended cannot be found out")
    elif state.reached:
        parts.append("it goes on")
    return ", ".join(parts)


def evidence_of(state: CallState) -> str:
    """What an answer, and a person, is claimed on; or that nothing proves it."""
    if not state.reached:
        return "nothing that only an answered call has was reported"
    proofs = f"answered is proved by {' and '.join(state.answer_proofs)}"
    if state.person_proofs:
        return f"{proofs}; that a person did, by keys that were pressed"
    return f"{proofs}; nothing proves that it was a person, for a machine picks up and is recorded just as well"


def _after(seconds: float | None) -> str:
    return "" if seconds is None else f" after {seconds:.1f}".removesuffix(".0") + " s"


def _since(began: datetime | None, at: datetime | None) -> float | None:
    return None if began is None or at is None or at < began else (at - began).total_seconds()


def _heard(stream: Sequence[Recorded], state: CallState, actor: Actor) -> Iterator[HeardShown]:
    step = None
    for recorded in stream:
        event, position = recorded.event, recorded.position
        match event:
            case AnswerServed() if is_of(state.walk, event) and not event.again:
                step = shown_word(event.step, actor)
                for one in spoken_in(event.actions):
                    kind: HeardKind = "done" if one.text is None else "asked" if one.action == "gather" else "said"
                    yield HeardShown(
                        position=position,
                        kind=kind,
                        step=step,
                        action=shown_word(one.action, actor),
                        text=shown_text(one.text, actor),
                    )
            case CallGathered() if not event.same_key:
                is_pressed = bool((event.digits or "").strip())
                yield HeardShown(
                    position=position,
                    kind="pressed" if is_pressed else "no_key",
                    step=step,
                    action=None,
                    text=shown_text(event.digits if is_pressed else None, actor),
                )
            case _:
                pass


def _person_of(parts: Installation, state: CallState, position: int) -> RecipientState | None:
    """Whoever was called, as the ledger knows them by all spellings; None where it knows nobody by that number."""
    stream = None if state.claim is None else state.claim.recipient
    if stream is None and state.parties is not None and state.parties.to_number:
        stream = parts.ledger.recipient_stream(state.parties.to_number)
    if stream is None:
        return None
    found = people_of(
        [stream], lambda streams: parts.ledger.read_streams(streams, position), parts.ledger.recipient_stream
    )[stream]
    return found if found.number else None


def _caller_why(state: CallState, person: RecipientState | None) -> Choose | None:
    claim = state.claim
    attempts = () if person is None or claim is None else person.attempts
    return next((one.caller_why for one in attempts if claim and one.attempt_id == claim.attempt_id), None)


def _zones(state: CallState, person: RecipientState | None) -> tuple[str, ...]:
    claim, number = state.claim, None if state.parties is None else state.parties.to_number
    enrolled = None if person is None or claim is None else person.enrollments.get(claim.campaign_id)
    if enrolled is not None and enrolled.zone:
        return zones_in(enrolled.zone)
    number = number if person is None else person.number
    return zones_of(number) if number else ()


def _siblings(parts: Installation, person: RecipientState | None, read: CallRead) -> list[SiblingShown]:
    if person is None:
        return []
    others = [one for one in person.attempts if one.call_id not in {None, read.call_id}][-SIBLINGS_MAX:]
    streams = parts.ledger.read_streams([call_stream(one.call_id or "") for one in others], read.position)
    return [_sibling(one, streams) for one in reversed(others)]


def _sibling(attempt: Attempt, streams: Mapping[str, Sequence[Recorded]]) -> SiblingShown:
    call_id = attempt.call_id or ""
    state = call_of(streams.get(call_stream(call_id), ()))
    return SiblingShown(
        call_id=call_id,
        campaign_id=attempt.campaign_id,
        started_at=attempt.started_at,
        plain_outcome=state.plain_outcome,
        talk_seconds=state.talk_seconds,
    )
