"""Where everybody in a campaign would stand under a plan, or under several beside each other, if it ran now.

Those whom no campaign has ever dialled are counted in the views, by what they share: their standing and their zone key. What
a plan makes of those who were dialled hangs on their attempts: they are judged one by one, up to a bound.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Select, SelectBase, func, select

from domain.account import AccountState
from domain.campaign import CampaignState, Plan
from domain.dialing import Clocks, campaign_clock_reasons, consent_judged_by
from domain.recipient import StreamOf
from domain.status import Status
from domain.zones import zone_key
from projections import campaign_summary
from projections.attempt_index import ATTEMPT
from projections.changes import ReadStreams, Standing, TimedStanding
from projections.judged import Known, RecipientStreams
from projections.read_time_rules import ReadTimeRules
from projections.recipient_status import ENROLLMENT, STATUS, judged_singly
from projections.store import instant, optional_instant, portions
from projections.views import ViewsSnapshot

JUDGED_MAX = 5_000
JUDGED_AT_ONCE = 250
WAITING: frozenset[Status] = frozenset({"queued", "held"})
UNDER_WAY: frozenset[Status] = frozenset({"dialing", "in_progress", "unresolved"})


class Prospect(Struct, frozen=True):
    """How somebody would stand: as their status says; `until` (UTC) is when a hold may end by itself."""

    status: Status
    reason: str | None
    until: datetime | None


class Group(Struct, frozen=True):
    """People who share a zone key, and, under each of the plans, their prospect."""

    zone_key: str
    under: tuple[Prospect, ...]


class Prospects(Struct, frozen=True, kw_only=True):
    """How many there are of each group; `not_judged` were dialled before, and are too many to look at each."""

    groups: Mapping[Group, int]
    not_judged: int


class _Shared(Struct, frozen=True):
    """What those have in common whom no campaign has dialled, as far as their status hangs on it."""

    zone_key: str
    status: Status
    reason: str | None = None
    then_at: int | None = None
    then_status: Status | None = None
    then_reason: str | None = None
    then_until: int | None = None
    consent_until: int | None = None

    def standing(self) -> Standing:
        then = None
        if self.then_at is not None and self.then_status is not None:
            until = optional_instant(self.then_until)
            then = TimedStanding(instant(self.then_at), self.then_status, self.then_reason, until)
        ends = optional_instant(self.consent_until)
        return Standing(
            status=self.status, since=instant(0), position=0, reason=self.reason, then=then, consent_until=ends
        )


_SHARED = (
    ENROLLMENT.c.zone_key,
    STATUS.c.status,
    STATUS.c.reason,
    STATUS.c.then_at,
    STATUS.c.then_status,
    STATUS.c.then_reason,
    STATUS.c.then_until,
    STATUS.c.consent_until,
)


class Forecast:
    """Looks at one campaign at the position of one read of the views, at one instant."""

    def __init__(
        self,
        taken: ViewsSnapshot,
        read_streams: ReadStreams,
        stream_of: StreamOf,
        number: int,
        state: CampaignState,
        only_numbers: Collection[str] | None,
        now: datetime,
        judged_max: int = JUDGED_MAX,
    ) -> None:
        self._taken = taken
        self._read_streams = read_streams
        self._stream_of = stream_of
        self._number = number
        self._state = state if state.phase == "canceled" else replace(state, phase="running", pause=None)
        self._only_numbers = only_numbers
        self._now = now
        self._judged_max = judged_max
        self._is_each_judged = False

    def under(self, plans: Sequence[Plan]) -> Prospects:
        """Everybody's prospects under each of the plans."""
        groups: Counter[Group] = Counter()
        campaign_id = self._state.campaign_id
        own = consent_judged_by(self._state.plan.policy, campaign_id)
        # What is stored of whoever was never dialled is by the consent that the campaign itself requires.
        self._is_each_judged = any(consent_judged_by(plan.policy, campaign_id) != own for plan in plans)
        for shared, phone, count in self._grouped(plans, is_everybody=False):
            groups[Group(shared.zone_key, tuple(self._shown(plan, shared, phone) for plan in plans))] += count
        streams, not_judged = self._dialled()
        for some in portions(streams, JUDGED_AT_ONCE):
            for known in self._known(some):
                enrollment = known.recipient.enrollments[self._state.campaign_id]
                key = zone_key(enrollment.zone, known.recipient.number)
                groups[Group(key, tuple(self._judged(plan, known) for plan in plans))] += 1
        return Prospects(groups=groups, not_judged=not_judged)

    def as_it_stands(self) -> Counter[Prospect]:
        """Where everybody stands as the views have it; nobody is judged anew."""
        plan = self._state.plan
        found: Counter[Prospect] = Counter()
        for shared, phone, count in self._grouped([plan], is_everybody=True):
            found[self._shown(plan, shared, phone)] += count
        return found

    def _grouped(self, plans: Sequence[Plan], *, is_everybody: bool) -> Iterator[tuple[_Shared, str, int]]:
        """What they share, and how many they are; those whose number is on some list each with it, all others without.

        Of those who were never dialled, or of everybody.
        """
        found = self._counted() if is_everybody else self._counted_by_row()
        listed = set(self._only_numbers or ())
        for plan in plans:
            listed.update((plan.policy and plan.policy.only) or ())
        for some in portions(sorted(listed)):
            for row in self._rows(ENROLLMENT.c.number, numbers=some, is_everybody=is_everybody):
                shared = _as_counted(_shared(row)) if is_everybody else _shared(row)
                found[shared] -= 1
                yield shared, row.number, 1
        for shared, count in found.items():
            if count:
                yield shared, "", count

    def _counted(self) -> Counter[_Shared]:
        """Everybody, most of them from the campaign's figures: rows are looked at only of those who are held, or whom time alone moves."""
        summary = campaign_summary.counters_now(self._taken.connection, self._number).summary()
        found = Counter({_Shared(zone, "queued"): people for zone, people in summary.queued_zones.items()})
        for status, people in summary.statuses.items():
            if status not in {"queued", "held"}:
                found[_Shared("", status)] += people
        for only in ((STATUS.c.status == "held") & STATUS.c.then_at.is_(None), STATUS.c.then_at.is_not(None)):
            found += self._counted_by_row(only)
        return found

    def _counted_by_row(self, only: ColumnElement[bool] | None = None) -> Counter[_Shared]:
        """Everybody who stands so, from the rows; without `only`, those who were never dialled."""
        people = func.count().label("people")
        rows = self._rows(people, is_grouped=True, is_everybody=only is not None, only=only)
        return Counter({_shared(row): row.people for row in rows})

    def _rows(
        self,
        *columns: Any,
        is_everybody: bool,
        is_grouped: bool = False,
        numbers: Sequence[str] | None = None,
        only: ColumnElement[bool] | None = None,
    ) -> Iterator[Any]:
        query: Select[Any] = (
            select(*_SHARED, *columns)
            .join(STATUS, (STATUS.c.place == ENROLLMENT.c.place) & (STATUS.c.campaign == ENROLLMENT.c.campaign))
            .where(ENROLLMENT.c.campaign == self._number, STATUS.c.campaign == self._number)
        )
        if only is not None:
            query = query.where(only)
        if not is_everybody:
            query = query.where(ENROLLMENT.c.stream.not_in(self._singly()))
        if numbers is not None:
            query = query.where(ENROLLMENT.c.number.in_(numbers))
        if is_grouped:
            query = query.group_by(*_SHARED)
        yield from self._taken.connection.execute(query)

    def _singly(self) -> SelectBase:
        """The streams of all who are judged one by one."""
        if self._is_each_judged:
            return select(ENROLLMENT.c.stream).where(ENROLLMENT.c.campaign == self._number)
        return judged_singly(self._number, ATTEMPT.c.stream)

    def _dialled(self) -> tuple[list[str], int]:
        """The streams of those of the campaign whom any campaign has dialled, up to the bound, and how many there are beyond."""
        dialled = select(ENROLLMENT.c.stream).where(
            ENROLLMENT.c.campaign == self._number,
            ENROLLMENT.c.stream.in_(self._singly()),
        )
        connection = self._taken.connection
        count = connection.execute(select(func.count()).select_from(dialled.subquery())).scalar_one()
        found = connection.execute(dialled.order_by(ENROLLMENT.c.place).limit(self._judged_max)).scalars()
        streams = list(found)
        return streams, count - len(streams)

    def _known(self, streams: Sequence[str]) -> Iterator[Known]:
        campaign_id, position = self._state.campaign_id, self._taken.position
        people = [(campaign_id, stream) for stream in streams]
        read = RecipientStreams(self._read_streams, self._stream_of, people, self._taken.fingerprint, position)
        for stream in streams:
            known = read.known(campaign_id, stream, position)
            if known is not None:
                yield known

    def _shown(self, plan: Plan, shared: _Shared, number: str) -> Prospect:
        rules = ReadTimeRules(self._state.phase == "canceled", self._only_numbers, plan.policy)
        shown = rules.shown(shared.standing(), number, shared.zone_key, self._now)
        return self._before_the_start(plan, Prospect(shown.status, shown.reason, shown.until))

    def _judged(self, plan: Plan, known: Known) -> Prospect:
        as_if = replace(
            known,
            campaign=replace(self._state, plan=plan),
            account=AccountState(held_prefixes=known.account.held_prefixes),
        )
        told = as_if.status(self._now, as_if.verdict(Clocks.agreeing(self._now), self._only_numbers))
        return self._before_the_start(plan, Prospect(told.status, told.reason, told.until))

    def _before_the_start(self, plan: Plan, prospect: Prospect) -> Prospect:
        """Nobody is called before the policy's `starts_at`, which is no status of any one of them."""
        if prospect.status not in WAITING or plan.policy is None:
            return prospect
        for reason in campaign_clock_reasons(plan.policy, self._now):
            is_last = prospect.status == "queued" or (
                prospect.until is not None and reason.until is not None and prospect.until < reason.until
            )
            if reason.rule == "not_started_yet" and is_last:
                return Prospect("held", reason.rule, reason.until)
        return prospect


def _shared(row: Any) -> _Shared:
    return _Shared(*row[: len(_SHARED)])


def _as_counted(shared: _Shared) -> _Shared:
    """Somebody as `_counted` counts them, who counts by reason only those who are held, and by zone those who are queued."""
    if shared.status == "held" or shared.then_at is not None:
        return shared
    return _Shared(shared.zone_key if shared.status == "queued" else "", shared.status)
