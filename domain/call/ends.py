"""All that was said of how a call ended. Which of it counts hangs on when the call began, which may be learned later."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from domain.call.facts import NO_TIME, Outcome, Terminal
from domain.growing import Growing, GrowingSet


class Ends(Struct, frozen=True):
    """The reports of the end, those that lost, too; `told` has them in the order in which they count, as long as all their times do.

    `untimed` is the one that counts where none of their times do; `learned` says of each outcome that was
    reported when, by our clock, it first was.
    """

    told: GrowingSet[Terminal] = Growing()
    untimed: Terminal | None = None
    learned: Mapping[Outcome, datetime] = {}

    def __bool__(self) -> bool:
        return self.untimed is not None

    def joined(self, end: Terminal) -> "Ends":
        """With one more."""
        told = self.told.put(end, None)
        if told is self.told:
            return self
        untimed = without_time(end)
        if self.untimed is not None and self.untimed < untimed:
            untimed = self.untimed
        outcome = end.outcome
        learned = min(self.learned.get(outcome, end.learned_at), end.learned_at)
        return Ends(told, untimed, {**self.learned, outcome: learned})

    def that_counts(self, begun: datetime | None) -> Terminal | None:
        """The least of them, where no time before `begun` is believed."""
        first = self.told.first()
        if first is None or begun is None or first.unstamped or first.occurred_at >= begun:
            return first
        believed = self.told.at_least(Terminal(False, begun, 0, ""))
        return self.untimed if believed is None or believed.unstamped else believed

    def contradict(self, begun: datetime | None) -> bool:
        """Whether one of them contradicts the one that counts."""
        end = self.that_counts(begun)
        if end is None:
            return False
        if len(self.learned) > 1:
            return True
        last = self.told.below(Terminal(True, NO_TIME, 0, ""))
        return not end.unstamped and last is not None and last.contradicts(end)

    def first_learned(self, outcome: Outcome | None) -> datetime | None:
        """When somebody first reported this outcome."""
        return None if outcome is None else self.learned.get(outcome)


def without_time(end: Terminal) -> Terminal:
    """A report of the end as if it gave no time."""
    return end if end.unstamped else Terminal(True, NO_TIME, end.rank, end.digest, end.learned_at, end.said)
