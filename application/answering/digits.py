"""What a caller pressed: it comes by webhook, and nobody promises that it comes before the question what to do next."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from adapters.ledger import Ledger
from application.answering.bells import Bells, rings
from application.answering.readers import LedgerReaders
from domain.call import AnswerServed, CallGathered, CallState
from domain.events import Recorded
from domain.identity import call_stream
from domain.script import Heard, NotHeard, Place, heard_of
from projections.folded import call_of

# The provider's times are whole seconds, and nobody hears a question and answers it within one.
ANSWERED_AFTER = timedelta(seconds=1)
LOOK_SECONDS_MAX = 0.25
# What was served by the script, a document without a variable that is missing among it.
SCRIPTS_OWN = frozenset({None, "missing_variable"})


class Digits:
    """Reads them from the calls' streams; its `bells` hear of each commit."""

    def __init__(
        self, ledger: Ledger, readers: LedgerReaders, monotonic: Callable[[], float], wait_seconds: float
    ) -> None:
        self._ledger = ledger
        self._readers = readers
        self._monotonic = monotonic
        self._wait_seconds = wait_seconds
        self.bells = Bells({CallGathered.NAME})

    async def heard(self, call_id: str, place: Place, walk: str | None) -> Heard:
        """What the caller pressed at this place of a walk, waiting for its report for at most so long."""
        stream = call_stream(call_id)
        until = self._monotonic() + self._wait_seconds
        with self.bells.hung([stream]) as bell:
            while True:
                bell.clear()
                found, has_ended = await self._readers.read([call_id], lambda: self._look(stream, place, walk))
                left = until - self._monotonic()
                if found is not None:
                    return heard_of(found.digits)
                if left <= 0 or has_ended:
                    return NotHeard()
                await rings(bell, min(left, LOOK_SECONDS_MAX))

    def _look(self, stream: str, place: Place, walk: str | None) -> tuple[CallGathered | None, bool]:
        """The report of that question, as far as it is there; and whether the call is over."""
        recorded = self._ledger.read_stream(stream)
        state = call_of(recorded)
        return gathered_in(state, recorded, place, walk), state.phase == "ended"


def gathered_in(state: CallState, stream: Sequence[Recorded], place: Place, walk: str | None) -> CallGathered | None:
    """The report of the question at this place of the walk: the one of that number among all, by the provider's time.

    Its times are whole seconds; of one second, the order is that of arrival. One that cannot be is not gone by. Where an earlier one is missing, it is the
    first that is clearly later than the question itself, as this walk asked it.
    """
    first: dict[str, tuple[Recorded, CallGathered]] = {}
    asked_at = None
    for recorded in stream:
        event = recorded.event
        if isinstance(event, CallGathered):
            first.setdefault(event.key, (recorded, event))
        elif (
            isinstance(event, AnswerServed)
            and (event.step, event.walk) == (place.step, walk)
            and event.why in SCRIPTS_OWN
        ):
            asked_at = event.occurred_at
    reports = sorted(
        ((_gathered_at(state, one, event), one.position, event) for one, event in first.values()),
        key=lambda one: one[:2],
    )
    if len(reports) >= place.gathers:
        return reports[place.gathers - 1][2]
    if asked_at is None:
        return None
    return next((event for at, _, event in reports if at >= asked_at + ANSWERED_AFTER), None)


def _gathered_at(state: CallState, recorded: Recorded, event: CallGathered) -> datetime:
    """By the provider's clock, as far as that can be; else when we learned it."""
    said = event.occurred_at
    return said if said is not None and state.can_be(said, recorded.counts_from) else recorded.counts_from
