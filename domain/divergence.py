"""Our ledger beside what the provider says afterwards: of a day's calls one by one, and of its settled totals."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar, Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

DIFFERENCES_KEPT_MAX = 100
DAYS_KEPT_MAX = 40

DifferenceKind = Literal["missing", "outcome", "not_ended", "times", "numbers"]
DIFFERENCE_KINDS: tuple[DifferenceKind, ...] = get_args(DifferenceKind)
"""The provider has no such call; it ended otherwise; it has not ended there; at another time; it is between other numbers."""
TotalsWord = Literal["fit", "fewer", "more", "unknown"]
LeftOutWhy = Literal["sampled", "budget", "time"]


class CallDiffers(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One call of ours of which the provider says something else than the ledger; never a number."""

    call_id: str
    kind: DifferenceKind
    ours: str | None = None
    theirs: str | None = None


class TotalsBeside(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The provider's settled totals of a window beside what the ledger has of it.

    `calls`, `billsec_seconds`, `cost_amount` (a decimal text) and `cost_currency` are the provider's, with the `body` of
    its answer; without an answer `why` says why there is none. `ours_ended` are our calls that ended in the window,
    `ours_answered` those of them that were answered and completed, `talk_seconds` how long those were, each rounded up;
    `others_ended` are calls of others that it told us of. `at_edge` are all that lie across one end of the window: nobody
    says on which side of it the provider counts them.
    """

    calls: int | None = None
    billsec_seconds: int | None = None
    cost_amount: str | None = None
    cost_currency: str | None = None
    body: str | None = None
    why: str | None = None
    is_settled: bool = False
    ours_ended: int = 0
    ours_answered: int = 0
    talk_seconds: int = 0
    others_ended: int = 0
    at_edge: int = 0

    @property
    def calls_word(self) -> TotalsWord:
        """What the number of calls says: `fewer` than ours that were answered, `more` than all that we were told of.

        In between it fits: that the provider counts calls of others too, and perhaps not those that came to nothing, leaves
        that much room. Before it is settled, fewer says nothing.
        """
        if self.calls is None:
            return "unknown"
        if self.calls < self.ours_answered - self.at_edge:
            return "fewer" if self.is_settled else "unknown"
        return "more" if self.calls > self.ours_ended + self.others_ended + self.at_edge else "fit"

    @property
    def seconds_word(self) -> TotalsWord:
        """Whether at least as many seconds were settled as ours were answered, a second a call allowed for; more may be of others."""
        if self.billsec_seconds is None or self.at_edge:
            return "unknown"
        if self.billsec_seconds < self.talk_seconds - self.ours_answered:
            return "fewer" if self.is_settled else "unknown"
        return "fit"

    @property
    def fits(self) -> bool:
        """Whether nothing of it contradicts the ledger."""
        return {self.calls_word, self.seconds_word} <= {"fit", "unknown"}


class DivergenceObserved(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One part of a look at a UTC window: so many of our ended calls were asked for again, and what differed.

    A look begins with `part` 1 and ends with `is_last`; one that was begun before and has no last part is given up. `ended`
    are our calls that ended in the window when the look began, of which one of `every` is asked for; `through` is the
    place in the index of calls that was come to. `asked` counts calls, `requests` what was sent to the provider for this part;
    `unanswered` got no answer, and what `unclear` ones said is not known to be an end. `counts` has how often each kind of
    difference was found, `differences` the first of them. The last part has the `totals`, and how many calls were
    `left_out`, and why. `on_request` is whether a person asked for it.
    """

    NAME: ClassVar = "divergence.observed"
    PERSONAL: ClassVar = frozenset[str]()
    window_from: datetime
    window_to: datetime
    part: int
    ended: int
    every: int = 1
    through: int = 0
    asked: int = 0
    requests: int = 0
    unanswered: int = 0
    unclear: int = 0
    counts: Mapping[str, int] = {}
    differences: tuple[CallDiffers, ...] = ()
    is_last: bool = False
    totals: TotalsBeside | None = None
    left_out: int = 0
    left_out_why: LeftOutWhy | None = None
    on_request: bool = False


class DivergenceLook(Struct, frozen=True, kw_only=True):
    """What the last look at a window has come to so far, all its parts together."""

    window_from: datetime
    window_to: datetime
    begun_at: datetime
    looked_at: datetime
    parts: int
    ended: int
    every: int
    through: int
    asked: int
    unanswered: int
    unclear: int
    counts: Mapping[str, int]
    differences: tuple[CallDiffers, ...]
    is_finished: bool
    totals: TotalsBeside | None
    left_out: int
    left_out_why: LeftOutWhy | None
    on_request: bool

    @property
    def found(self) -> int:
        """How many calls differ, and one more where the totals do not fit."""
        return sum(self.counts.values()) + (self.totals is not None and not self.totals.fits)


class Divergences(Struct, frozen=True, kw_only=True):
    """The last look at each window, by when it begins, of the last so many; and the requests that were sent on `day`."""

    looks: Mapping[datetime, DivergenceLook] = {}
    day: date | None = None
    requests: int = 0

    def requests_on(self, day: date) -> int:
        """How many requests were recorded on a UTC day; of earlier days that is not known any more."""
        return self.requests if day == self.day else 0

    @property
    def newest(self) -> DivergenceLook | None:
        """The finished look at the newest window."""
        finished = [look for look in self.looks.values() if look.is_finished]
        return max(finished, key=lambda look: look.window_from, default=None)


def joined(known: Divergences, event: DivergenceObserved, at: datetime) -> Divergences:
    """With one more part, recorded `at`."""
    before = known.looks.get(event.window_from)
    look = _begun(event, at) if event.part == 1 or before is None else _gone_on(before, event, at)
    looks = dict(sorted({**known.looks, event.window_from: look}.items())[-DAYS_KEPT_MAX:])
    return Divergences(looks=looks, day=at.date(), requests=known.requests_on(at.date()) + event.requests)


def _begun(event: DivergenceObserved, at: datetime) -> DivergenceLook:
    return DivergenceLook(
        window_from=event.window_from,
        window_to=event.window_to,
        begun_at=at,
        looked_at=at,
        parts=event.part,
        ended=event.ended,
        every=event.every,
        through=event.through,
        asked=event.asked,
        unanswered=event.unanswered,
        unclear=event.unclear,
        counts=event.counts,
        differences=event.differences[:DIFFERENCES_KEPT_MAX],
        is_finished=event.is_last,
        totals=event.totals,
        left_out=event.left_out,
        left_out_why=event.left_out_why,
        on_request=event.on_request,
    )


def _gone_on(look: DivergenceLook, event: DivergenceObserved, at: datetime) -> DivergenceLook:
    counts = {kind: look.counts.get(kind, 0) + event.counts.get(kind, 0) for kind in DIFFERENCE_KINDS}
    return replace(
        look,
        looked_at=at,
        parts=event.part,
        through=max(look.through, event.through),
        asked=look.asked + event.asked,
        unanswered=look.unanswered + event.unanswered,
        unclear=look.unclear + event.unclear,
        counts={kind: count for kind, count in counts.items() if count},
        differences=(*look.differences, *event.differences)[:DIFFERENCES_KEPT_MAX],
        is_finished=event.is_last,
        totals=event.totals,
        left_out=event.left_out,
        left_out_why=event.left_out_why,
    )
