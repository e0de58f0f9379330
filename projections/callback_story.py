"""What became of a person's callbacks, in order: wished, moved, kept and given up, by whom and why."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.events import Recorded
from domain.recipient import Attempt, AttemptStarted, RecipientCallbackDropped, RecipientCallbackSet
from domain.recipient.callback import CallbackSource

CallbackAct = Literal["wished", "moved", "kept", "given_up"]


class CallbackLine(Struct, frozen=True, kw_only=True):
    """One thing that happened to a wish for a call `at`, and the event that it was.

    `source`, `local`, `zone`, `said` and `give_up_at` are of one that was wished or moved; `why` of one that was given up;
    `attempt` is the one that kept it.
    """

    recorded: Recorded
    campaign_id: str
    act: CallbackAct
    at: datetime
    give_up_at: datetime | None = None
    source: CallbackSource | None = None
    local: str | None = None
    zone: str | None = None
    said: str | None = None
    why: str | None = None
    attempt: Attempt | None = None


def callback_story(spelled: Iterable[Sequence[Recorded]], attempts: Iterable[Attempt]) -> list[CallbackLine]:
    """The story of all campaigns, given what is recorded of each spelling, and the attempts of all of them.

    An attempt that does not count, as one that was certainly not sent, keeps no wish.
    """
    by_id = {one.attempt_id: one for one in attempts if one.counts}
    lines: list[CallbackLine] = []
    waiting: dict[str, RecipientCallbackSet] = {}
    begun: dict[str, list[Attempt]] = {}
    for recorded in heapq.merge(*spelled, key=lambda one: one.position):
        match recorded.event:
            case RecipientCallbackSet() as event:
                lines.append(_wished(recorded, event, is_moved=event.campaign_id in waiting))
                waiting[event.campaign_id] = event
                lines += _kept(recorded, event.campaign_id, waiting, begun.get(event.campaign_id, ()))
            case RecipientCallbackDropped(campaign_id=campaign_id, at=at, why=why):
                if (wish := waiting.get(campaign_id)) is not None and wish.at == at:
                    del waiting[campaign_id]
                    lines.append(
                        CallbackLine(recorded=recorded, campaign_id=campaign_id, act="given_up", at=at, why=why)
                    )
            case AttemptStarted(attempt_id=attempt_id, campaign_id=campaign_id) if attempt_id in by_id:
                begun.setdefault(campaign_id, []).append(by_id[attempt_id])
                lines += _kept(recorded, campaign_id, waiting, begun[campaign_id][-1:])
    return lines


def _wished(recorded: Recorded, event: RecipientCallbackSet, *, is_moved: bool) -> CallbackLine:
    return CallbackLine(
        recorded=recorded,
        campaign_id=event.campaign_id,
        act="moved" if is_moved else "wished",
        at=event.at,
        give_up_at=event.give_up_at,
        source=event.source,
        local=event.local,
        zone=event.zone,
        said=event.said,
    )


def _kept(
    recorded: Recorded, campaign_id: str, waiting: dict[str, RecipientCallbackSet], attempts: Sequence[Attempt]
) -> Iterator[CallbackLine]:
    """That the wish which waits is kept, where one of these attempts does; it waits no more then.

    What a key wished may become known after the time that it wished, and after a call since.
    """
    wish = waiting.get(campaign_id)
    keeping = None if wish is None else next((one for one in attempts if one.started_at >= wish.at), None)
    if wish is not None and keeping is not None:
        del waiting[campaign_id]
        yield CallbackLine(recorded=recorded, campaign_id=campaign_id, act="kept", at=wish.at, attempt=keeping)
