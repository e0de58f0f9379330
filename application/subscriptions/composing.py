"""What a subscriber is told of an event: which deliveries, in which lanes, and their bodies."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from adapters.ledger import Ledger
from adapters.outbox_rows import Letter
from application.subscriptions.told_checkpoint import ToldCheckpoint
from domain.alerting import Alert
from domain.errors import DialtrailError
from domain.events import Recorded
from domain.subscription import OUTCOME_CHANGED, SubscriberRole, Wanted
from projections.outcome import OutcomeRow
from projections.outcome_changes import Changed, OutcomeChanges

NEVER_TOLD = "subscription."
WriteBody = Callable[[str, datetime, Recorded | OutcomeRow | Alert | ToldCheckpoint, str, SubscriberRole], bytes]
"""A delivery's body: of its type, when that was recorded, what it is about, in which stream, as a role may see it."""


class Composed(Struct, frozen=True):
    """A letter, the id of the event that it is about, and its body; or what kept it from being made: then it has none.

    `erasures` is how many this process knew of before it was made: after another one its body may name who is erased.
    """

    letter: Letter
    event_id: str
    body: bytes
    fault: Exception | None = None
    erasures: int = 0


class About(Struct, frozen=True, kw_only=True):
    """One thing that could be told of an event: whatever is wanted, they come in the same order. `campaign_id` is a row's."""

    kind: str
    stream: str
    campaigns: frozenset[str]
    campaign_id: str | None = None
    what: Recorded | OutcomeRow


class Composer:
    """Makes the deliveries of one subscription, of the ledger in order. One thread at a time uses it."""

    def __init__(self, ledger: Ledger, wanted: Wanted, fingerprint: str | None, write: WriteBody) -> None:
        self._ledger = ledger
        self._wanted = wanted
        self._fingerprint = fingerprint
        self._write = write
        self._changes = self._anew()
        self._erasures = self._erasures_now()

    def is_old(self, one: Composed) -> bool:
        """Whether somebody was erased since it was made, so that it has to be made `again`; asked of an alert, that names nobody, in vain."""
        return one.letter.body is None and one.erasures != self._erasures_now()

    def take(self, batch: Sequence[Recorded], reached: int) -> list[Composed]:
        """The deliveries of these events, which follow on those of the call before. Up to `reached` they come again.

        An event that cannot be told keeps no other from it: in its place stands one letter with the `fault`.
        """
        now = self._erasures_now()
        if self._erasures != now:
            self._changes = self._anew()  # what was folded before has what is erased since
        found = self._taken_or_faults(batch, reached)
        self._erasures = now  # not before: the batch may have been read before it
        return found

    def _taken_or_faults(self, batch: Sequence[Recorded], reached: int) -> list[Composed]:
        try:
            return self._taken(batch, reached)
        except (DialtrailError, OSError):
            raise
        except Exception:  # noqa: BLE001 - which event it is shows one by one
            self._changes = self._anew()
            return [one for recorded in batch for one in self._taken_or_fault(recorded, reached)]

    def again(self, letter: Letter) -> Composed | None:
        """A delivery that was planned before; None where there is no such one any more, or it is wanted no more."""
        if letter.body is not None:
            return Composed(letter, letter.event_id or "", letter.body)
        batch = self._ledger.read_feed(letter.position - 1, 1)
        if not batch or batch[0].position != letter.position:
            return None
        made = [one for changed in self._anew().take(batch) for one in self._composed(changed, 0)]
        if letter.kind is None:  # of an outbox that kept the place among what was wanted then
            return made[letter.nth] if letter.nth < len(made) else None
        same = (one for one in made if _what(one.letter) == _what(letter))
        return next(same, None)

    def _taken(self, batch: Sequence[Recorded], reached: int) -> list[Composed]:
        return [one for changed in self._changes.take(batch) for one in self._composed(changed, reached)]

    def _taken_or_fault(self, recorded: Recorded, reached: int) -> list[Composed]:
        try:
            return self._taken([recorded], reached)
        except (DialtrailError, OSError):
            raise
        except Exception as fault:  # noqa: BLE001 - it is told, and goes on
            self._changes = self._anew()
            letter = Letter(position=recorded.position, nth=0, lane=recorded.stream, again=recorded.position <= reached)
            return [Composed(letter, recorded.event_id, b"", fault)]

    def _erasures_now(self) -> int:
        sealed = self._ledger.sealed
        return 0 if sealed is None else sealed.destroyed_times

    def _anew(self) -> OutcomeChanges:
        return OutcomeChanges(self._ledger.read_streams, self._ledger.recipient_stream, self._fingerprint)

    def _composed(self, changed: Changed, reached: int) -> list[Composed]:
        recorded, found, erasures = changed.recorded, [], self._erasures
        for nth, about in enumerate(_all_about(changed)):
            if about.kind not in self._wanted.events or not self._concerns(about.campaigns):
                continue
            letter = Letter(
                position=recorded.position,
                nth=nth,
                lane=about.stream,
                again=recorded.position <= reached,
                kind=about.kind,
                stream=about.stream,
                campaign_id=about.campaign_id,
            )
            body = self._write(about.kind, recorded.recorded_at, about.what, about.stream, self._wanted.role)
            found.append(Composed(letter, recorded.event_id, body, erasures=erasures))
        return found

    def _concerns(self, campaigns: frozenset[str]) -> bool:
        return self._wanted.campaigns is None or not campaigns.isdisjoint(self._wanted.campaigns)


def _all_about(changed: Changed) -> list[About]:
    """All that could be told of an event; nothing of one that nobody is told."""
    recorded = changed.recorded
    if recorded.name.startswith(NEVER_TOLD):
        return []
    rows = [
        About(
            kind=OUTCOME_CHANGED,
            stream=stream,
            campaigns=frozenset({row.campaign_id}),
            campaign_id=row.campaign_id,
            what=row,
        )
        for stream, row in changed.rows
    ]
    return [*rows, About(kind=recorded.name, stream=changed.lane, campaigns=changed.campaigns, what=recorded)]


def _what(letter: Letter) -> tuple[str | None, str | None, str | None]:
    return letter.kind, letter.stream, letter.campaign_id


def message_id(event_id: str, subscription_id: str, letter: Letter) -> str:
    """The same for each try of a delivery, and for each time that it comes again."""
    nth = letter.nth if letter.body is None else 0
    return f"{event_id}_{subscription_id}" + (f"_{nth}" if nth else "")
