"""Attempts of which nobody knows whether there is a call, and the calls that could be theirs."""

from typing import Annotated, Literal

from msgspec import Struct, field

from application.actor import Actor
from application.fields import Cursor, Instant, Number, Position, means
from application.installation import Installation
from application.queries.masking import shown_text
from application.queries.moments import AT_LEAST_SECONDS_MAX
from application.views.possible import calls_possible
from domain.call.state import Phase
from domain.errors import NotFound
from domain.matching import UnclaimedCall, UnresolvedAttempt, candidates
from domain.phone_number import mask

CANDIDATES_SHOWN_MAX = 20


class CandidateShown(Struct, frozen=True, kw_only=True):
    """A call that nobody claims, and that could be the attempt's; `created_at` is when it began."""

    call_id: str
    from_number: Number = field(name="from")
    to: Number
    created_at: Instant
    phase: Phase


class UnresolvedShown(Struct, frozen=True, kw_only=True):
    """An attempt of which nobody knows whether there is a call; `changed_at` is since when."""

    attempt_id: str
    campaign_id: str
    number: Number
    phase: Literal["unresolved"]
    started_at: Instant
    changed_at: Instant | None
    why: Annotated[str | None, means("not for viewers")]
    candidates: list[CandidateShown]


class AttemptsPage(Struct, frozen=True, kw_only=True):
    """Some unresolved attempts."""

    items: list[UnresolvedShown]
    next: Cursor
    position: Position


async def unresolved_attempts(
    parts: Installation, actor: Actor, campaign_id: str | None, after: int, limit: int
) -> AttemptsPage:
    """Those of one campaign or of all, from what is in flight, once it has all that is on disk. Raises `NotFound`, `ViewsBehind`."""
    await parts.fresh()
    if campaign_id is not None and campaign_id not in parts.in_flight.campaigns:
        raise NotFound(f"no campaign is named {campaign_id}; `dialtrail campaign list` shows those there are")
    attempts = parts.in_flight.attempts.unresolved(campaign_id)
    shown = attempts[after : after + limit]
    calls = await _possible(parts, shown)
    return AttemptsPage(
        items=[_shown(parts, attempt, calls, actor) for attempt in shown],
        next=str(after + limit) if len(attempts) > after + limit else None,
        position=parts.in_flight.position,
    )


async def unresolved_attempt(parts: Installation, actor: Actor, attempt_id: str) -> UnresolvedShown:
    """One of them. Raises `NotFound` where it is none, or is settled, and `ViewsBehind`."""
    await parts.fresh()
    found = next((one for one in parts.in_flight.attempts.unresolved(None) if one.attempt_id == attempt_id), None)
    if found is None:
        raise NotFound(
            "no unresolved attempt has this id: it is settled, or was none; `dialtrail unresolved` shows all"
        )
    return _shown(parts, found, await _possible(parts, [found]), actor)


async def _possible(parts: Installation, attempts: list[UnresolvedAttempt]) -> list[UnclaimedCall]:
    return await calls_possible(parts.projector, attempts, parts.ledger.position, AT_LEAST_SECONDS_MAX)


def _shown(
    parts: Installation, attempt: UnresolvedAttempt, calls: list[UnclaimedCall], actor: Actor
) -> UnresolvedShown:
    known = parts.in_flight.attempts.open.get(attempt.attempt_id)
    folded = None if known is None else known.attempt

    def shown(number: str) -> str:
        return number if actor.sees_numbers else mask(number)

    return UnresolvedShown(
        attempt_id=attempt.attempt_id,
        campaign_id=attempt.campaign_id,
        number=shown(attempt.to_number),
        phase="unresolved",
        started_at=attempt.started_at,
        changed_at=None if folded is None else folded.changed_at,
        why=None if folded is None else shown_text(folded.why, actor),
        candidates=[
            CandidateShown(
                call_id=possible.call_id,
                from_number=shown(possible.from_number),
                to=shown(possible.to_number),
                created_at=possible.began_at,
                phase=possible.phase,
            )
            for possible in candidates(attempt, calls)[:CANDIDATES_SHOWN_MAX]
        ],
    )
