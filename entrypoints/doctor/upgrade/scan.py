"""A ledger's events read once, the last first, for a bounded time: what of them matters to a new version."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from msgspec import Struct

from adapters.event_mapper import EventMapper
from adapters.ledger.unopened import StoredRow, UnopenedLedger
from domain.campaign import CampaignChangeRequested, CampaignCreated, CampaignRevised
from domain.errors import LedgerUnusable
from domain.events import Event
from domain.person import meant
from domain.recipient import (
    AttemptAbandoned,
    AttemptAccepted,
    AttemptRefused,
    AttemptResolved,
    AttemptStarted,
    AttemptUnresolved,
    RecipientEnrolled,
)
from domain.zones import zone_info
from entrypoints.doctor.upgrade.earlier import is_known

ROWS_AT_ONCE = 1_000
SECONDS_MAX = 20.0
UNREADABLE_TOLD_MAX = 3
GOES_ON = {
    "campaign.started": True,
    "campaign.resumed": True,
    "campaign.paused": False,
    "campaign.canceled": False,
    "campaign.completed": False,
}


class Scanned(Struct, frozen=True, kw_only=True):
    """What was found in the newest `events` of a ledger, in so many seconds; `is_all` says that these are all.

    `running` names campaigns; `under_way` counts attempts without an outcome, `other_spellings` enrolments of a number that
    is another spelling of somebody's; `unreadable` are the first complaints, `unreadable_count` all of them. `later` counts
    by name what the release before this one could not read, `plans` names campaigns with a plan that was made since.
    """

    events: int
    seconds: float
    is_all: bool
    running: tuple[str, ...] = ()
    under_way: int = 0
    other_spellings: int = 0
    zones_missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    unreadable_count: int = 0
    later: Mapping[str, int] = {}
    plans: tuple[str, ...] = ()


class _Scan:
    def __init__(self) -> None:
        self._mapper = EventMapper()
        self._settled: set[str] = set()
        self._goes_on: dict[str, bool] = {}
        self._zones: set[str] = set()
        self._unreadable: list[str] = []
        self._later: Counter[str] = Counter()
        self._plans: set[str] = set()
        self.events = self._unreadable_count = self._under_way = self._spellings = 0

    def take(self, rows: Iterable[StoredRow]) -> None:
        for position, stream, version, name, state in rows:
            self.events += 1
            if name in GOES_ON:
                self._goes_on.setdefault(str(stream).partition(":")[2], GOES_ON[name])
            try:  # what another program has put in place of bytes is said to be no event
                self._take(str(stream), self._mapper.decode(position, str(stream), version, name, state).event)
            except LedgerUnusable as error:
                self._unreadable_count += 1
                if len(self._unreadable) < UNREADABLE_TOLD_MAX:
                    self._unreadable.append(str(error))

    def _take(self, stream: str, event: Event) -> None:
        if not is_known(event):
            self._later[event.NAME] += 1
        match event:
            case AttemptStarted(attempt_id=attempt):
                # The outcome of an attempt is after it, and so was seen before it.
                self._under_way += attempt not in self._settled
                self._settled.discard(attempt)
            case (
                AttemptAccepted(attempt_id=attempt)
                | AttemptRefused(attempt_id=attempt)
                | AttemptAbandoned(attempt_id=attempt)
                | AttemptUnresolved(attempt_id=attempt)
                | AttemptResolved(attempt_id=attempt)
            ):
                self._settled.add(attempt)
            case RecipientEnrolled():
                self._spellings += meant(event.number) is not None
                if event.zone is not None:
                    self._zones.add(event.zone)
            case CampaignCreated(plan=plan) | CampaignRevised(plan=plan) | CampaignChangeRequested(plan=plan):
                if plan is not None and plan.rules_kinds:
                    self._plans.add(stream.partition(":")[2])
            case _:
                pass

    def result(self, seconds: float, *, is_all: bool) -> Scanned:
        return Scanned(
            events=self.events,
            seconds=seconds,
            is_all=is_all,
            running=tuple(sorted(name for name, goes_on in self._goes_on.items() if goes_on)),
            under_way=self._under_way,
            other_spellings=self._spellings,
            zones_missing=tuple(sorted(zone for zone in self._zones if zone_info(zone) is None)),
            unreadable=tuple(self._unreadable),
            unreadable_count=self._unreadable_count,
            later=self._later,
            plans=tuple(sorted(self._plans)),
        )


def scan(ledger: UnopenedLedger, monotonic: Callable[[], float], seconds_max: float = SECONDS_MAX) -> Scanned:
    """Read it from its end. Raises `LedgerUnusable` where it cannot be read at all."""
    found, began = _Scan(), monotonic()
    up_to = ledger.end()
    while rows := ledger.rows_up_to(up_to, ROWS_AT_ONCE):
        found.take(rows)
        up_to = rows[-1][0] - 1
        if monotonic() - began > seconds_max:
            is_all = not list(islice(ledger.rows_up_to(up_to, 1), 1))
            return found.result(monotonic() - began, is_all=is_all)
    return found.result(monotonic() - began, is_all=True)
