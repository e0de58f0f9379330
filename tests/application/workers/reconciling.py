"""What the provider and the reconciler did, told on a stage."""

from collections import Counter
from typing import Any

from msgspec import Raw

from domain import call, recipient
from domain.call import CallReported, CallSnapshot
from domain.identity import call_stream
from domain.matching import MATCH_WINDOW
from domain.recipient import AttemptResolved
from projections.call_index import CallRow, calls
from tests.application.dialer.stage import Stage, numbers
from tests.domain.given import report


async def tick_later(it: Stage) -> None:
    """Let the reconciler look as it will once every call that could be another candidate has begun."""
    reconciler = it.parts.reconciler
    assert reconciler is not None
    reconciler._clock = lambda: it.now() + MATCH_WINDOW
    await reconciler.tick()


def how(it: Stage) -> dict[str, int]:
    return dict(Counter(e.event.how for e in it.events("attempt.resolved") if isinstance(e.event, AttemptResolved)))


def nobodys_calls(it: Stage) -> list[CallRow]:
    """The calls that no attempt has claimed."""
    with it.parts.projector.reading() as taken:
        return calls(taken.connection, 0, 100, anomaly="unclaimed")


async def tell(
    it: Stage,
    call_id: str,
    *,
    name: str = "call.answered",
    from_number: str = "+15559999999",
    to_number: str = "+15558888888",
    attempt_id: str | None = None,
) -> None:
    """A webhook as the receiver would record it."""
    now = it.now()
    said = report(name, snapshot=CallSnapshot(from_number=from_number, to_number=to_number, attempt_id=attempt_id))
    told: Any = type(said)(
        **{f: getattr(said, f) for f in said.__struct_fields__ if f != "occurred_at"}, occurred_at=now
    )
    assert not isinstance(told, CallReported)

    def decide(tx: Any) -> None:
        tx.call(call_id)
        tx.append(call_stream(call_id), [told])

    await it.do(decide, "webhooks")


async def accepted(it: Stage, call_id: str, number: int = 0) -> None:
    """An attempt that was accepted with this call, as the dialer would have recorded it."""
    stream = it.parts.ledger.recipient_stream(numbers(number + 1)[number])
    attempt_id = "att_x" if number == 0 else f"att_x{number}"

    def decide(tx: Any) -> None:
        person = tx.recipient(stream)
        tx.append(
            stream,
            recipient.start_attempt(person, attempt_id, "spring", request="{}", epoch="e", verdict=Raw(b"{}")),
        )
        tx.append(
            stream, recipient.accept(tx.recipient(stream), attempt_id, call_id=call_id, status=201, response="{}")
        )
        tx.call(call_id)
        claimed = call.CallClaimed(attempt_id=attempt_id, campaign_id="spring", recipient=stream, how="response")
        tx.append(call_stream(call_id), [report("call.created", source="api"), claimed])

    await it.do(decide, "answers")
