"""The facts that a call's state is made of, each in a total order, so that the one that counts is the least or the greatest."""

from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from msgspec import Struct

from domain.call.events import Evidence

Outcome = Literal["completed", "failed", "canceled"]
OUTCOMES: tuple[Outcome, ...] = ("completed", "failed", "canceled")
AnswerProof = Literal["call.answered", "call.gathered", "recording.started", "recording.completed"]
ANSWER_PROOFS: tuple[AnswerProof, ...] = get_args(AnswerProof)
"""Events that only an answered call can have."""
UNSURE_PROOFS = frozenset({"recording.started", "recording.completed"})
"""Those of them that prove nothing where the call is said to have failed, or to have been canceled."""
PersonProof = Literal["digits"]
"""What only a person does: press keys when asked to. A machine answers, and is recorded, just as well."""
CLOCK_GRAIN = timedelta(seconds=1)
NO_TIME = datetime(1, 1, 1, tzinfo=UTC)


class Terminal(Struct, frozen=True, order=True):
    """One report of the call's end; the least of them all is the one that counts.

    `unstamped` where it gave no time that can be; `learned_at` is our clock; `said` is the call's state as it was told.
    """

    unstamped: bool
    occurred_at: datetime
    rank: int
    digest: str
    learned_at: datetime = NO_TIME
    said: str = ""

    @property
    def outcome(self) -> Outcome:
        """How it said that the call ended."""
        return OUTCOMES[self.rank]

    def contradicts(self, other: "Terminal") -> bool:
        """Whether both cannot be true: another outcome, or a time a second or more away for the same one."""
        if self.rank != other.rank or self.unstamped or other.unstamped:
            return self.rank != other.rank
        return abs(self.occurred_at - other.occurred_at) >= CLOCK_GRAIN


class CallProgress(Struct, frozen=True, order=True):
    """How far the call has come: the greatest of all that was seen."""

    stamped: bool
    occurred_at: datetime
    rank: int
    key: str
    digest: str
    name: str


class Gathered(Struct, frozen=True, order=True):
    """One report of what was pressed, in the order in which it was: by the provider's time, then by key and digest."""

    unstamped: bool
    occurred_at: datetime
    key: str
    digest: str
    digits: str

    def as_believed(self, begun: datetime) -> "Gathered":
        """Without its time where that is before the call began."""
        is_early = not self.unstamped and self.occurred_at < begun
        return Gathered(True, NO_TIME, self.key, self.digest, self.digits) if is_early else self


class Parties(Struct, frozen=True, order=True):
    """Who called whom, as the most trustworthy report said it: the least of all."""

    unstamped: bool
    rank: int
    occurred_at: datetime
    digest: str
    direction: str
    from_number: str
    to_number: str


class Claim(Struct, frozen=True, order=True):
    """The attempt that says that this call is its own; the greatest is believed.

    `attempt_started_at` is `NO_TIME` of a claim that was recorded without it.
    """

    strength: int
    attempt_id: str
    campaign_id: str
    recipient: str
    how: Evidence
    attempt_started_at: datetime = NO_TIME
