"""A call as a join of what is known of it: the same facts in any order, any number of times, give an equal state."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Literal

from msgspec import Struct

from domain.call.came_in import CallCameIn
from domain.call.ends import Ends, without_time
from domain.call.events import Evidence
from domain.call.facts import (
    ANSWER_PROOFS,
    NO_TIME,
    UNSURE_PROOFS,
    AnswerProof,
    CallProgress,
    Claim,
    Gathered,
    Outcome,
    Parties,
    PersonProof,
    Terminal,
)
from domain.call.plain_outcome import PlainOutcome, plain_outcome, talk_seconds
from domain.call.questions import Questions
from domain.call.stamps import PROVIDER_SKEW_MAX, Stamps, can_be
from domain.call.walks import Walk
from domain.growing import Growing, GrowingSet
from domain.instants import later
from domain.once import once

Phase = Literal["dialing", "in_progress", "ended"]
GATHERS_COUNTED_MAX = 256
STRENGTH: Mapping[Evidence, int] = {"response": 4, "metadata": 3, "person": 2, "inferred": 1}


class CallState(Struct, frozen=True, kw_only=True, dict=True):
    """All that is known of a call, and nothing about the order in which it was learned.

    `claims` and `ends` keep those that lost, too, and `gathers` each report of keys, the short ones. Times are UTC, by
    the provider's clock, and only those that can be; `has_odd_time` says that there were others, `earliest` is the first
    of all that were said of anything. `proofs` are the events heard that an unanswered call does not have, the first of
    them learned at `proof_learned_at`; `pressed` says that keys were; `served_at` is when it was last told what to do (our clock),
    in the `walk` that is its own; `came_in` says with whose ringing back, if with anybody's, it came in. `questions` are those of a script in which a digit wishes a callback.
    """

    created: Stamps = Stamps()
    answers: Stamps = Stamps()
    proofs: frozenset[AnswerProof] = frozenset()
    proof_learned_at: datetime | None = None
    pressed: bool = False
    served_at: datetime | None = None
    walk: Walk | None = None
    questions: Questions = Questions()
    ends: Ends = Ends()
    furthest: CallProgress | None = None
    parties: Parties | None = None
    claims: GrowingSet[Claim] = Growing()
    came_in: CallCameIn | None = None
    echoed_attempts: GrowingSet[str] = Growing()
    given_up: bool = False
    gathers: GrowingSet[Gathered] = Growing()
    has_odd_time: bool = False
    earliest: datetime | None = None

    @once
    def created_at(self) -> datetime | None:
        """When it began, if the provider gave a time that can be."""
        return self.created.first(self._attempt_began)

    @once
    def answered_at(self) -> datetime | None:
        """When it was answered, if the provider gave a time that can be."""
        return self.answers.first(self.not_before)

    @once
    def not_before(self) -> datetime | None:
        """The instant before which nothing of it can have happened, the clocks' skew allowed for; None where nothing says so."""
        created = self.created_at
        return self._attempt_began if created is None else later(created, -PROVIDER_SKEW_MAX)

    @once
    def _attempt_began(self) -> datetime | None:
        claim = self.claim
        if claim is None or claim.attempt_started_at == NO_TIME:
            return None
        return later(claim.attempt_started_at, -PROVIDER_SKEW_MAX)

    def can_be(self, said: datetime, learned_at: datetime) -> bool:
        """Whether a time that the provider said of this call can be, given when we learned it."""
        begun = self.not_before
        return can_be(said, learned_at) and (begun is None or said >= begun)

    @once
    def is_clock_odd(self) -> bool:
        """Whether the provider said a time of it that cannot be."""
        begun = self.not_before
        return self.has_odd_time or (begun is not None and self.earliest is not None and self.earliest < begun)

    def as_believed(self, end: Terminal) -> Terminal:
        """A report of the end, without its time where that is before the call began."""
        begun = self.not_before
        if end.unstamped or begun is None or end.occurred_at >= begun:
            return end
        return without_time(end)

    @once
    def terminal(self) -> Terminal | None:
        """The report of the end that counts."""
        return self.ends.that_counts(self.not_before) if self.ends else None

    @once
    def outcome(self) -> Outcome | None:
        """How the call ended, or None."""
        end = self.terminal
        return None if end is None else end.outcome

    @once
    def ended_at(self) -> datetime | None:
        """When it ended, if the provider said so."""
        end = self.terminal
        return None if end is None or end.unstamped else end.occurred_at

    @once
    def end_learned_at(self) -> datetime | None:
        """When, by our clock, somebody first reported the outcome that counts."""
        return self.ends.first_learned(self.outcome)

    @once
    def phase(self) -> Phase:
        """Where the call is: a call that ended stays ended, whatever is heard later."""
        if self.ends:
            return "ended"
        return "in_progress" if self.reached else "dialing"

    @once
    def is_lost(self) -> bool:
        """Whether its end cannot be found out; a report of the end that comes all the same settles it."""
        return self.given_up and not self.ends

    @once
    def reached(self) -> bool:
        """Whether it was answered, by whomever or whatever: proved by what only an answered call can have."""
        return bool(self.answer_proofs)

    @once
    def plain_outcome(self) -> PlainOutcome:
        """What it came to in plain words."""
        end = self.terminal
        return plain_outcome(
            is_ended=end is not None,
            is_lost=self.given_up,
            is_reached=self.reached,
            is_failed=end is not None and end.outcome == "failed",
            said="" if end is None else end.said,
        )

    @once
    def talk_seconds(self) -> float | None:
        """From the answer to the end, where both are known."""
        return talk_seconds(self.answered_at, self.ended_at)

    @once
    def answer_proofs(self) -> tuple[AnswerProof, ...]:
        """What proves that it was answered. That it is completed does not, nor that it was told what to do."""
        if not self.proofs:
            return ()
        came_to_nothing = self.outcome in {"failed", "canceled"}
        return tuple(
            proof
            for proof in ANSWER_PROOFS
            if proof in self.proofs and not (came_to_nothing and proof in UNSURE_PROOFS)
        )

    @once
    def person_proofs(self) -> tuple[PersonProof, ...]:
        """What proves that it was a person who answered."""
        return ("digits",) if self.pressed else ()

    @once
    def entered(self) -> tuple[str, ...]:
        """What was pressed at each question, in its order."""
        if not self.gathers.size:
            return ()
        return tuple(one.digits for one in self.reports_of_keys if one.digits)

    @once
    def reports_of_keys(self) -> list[Gathered]:
        """What was reported of each question, in its order; of reports with one key only the first counts.

        Of more than `GATHERS_COUNTED_MAX` reports, which no script brings about, only the first are looked at.
        """
        begun = self.not_before
        counted = islice(self.gathers, GATHERS_COUNTED_MAX)
        believed = sorted(one if begun is None else one.as_believed(begun) for one in counted)
        first: dict[str, Gathered] = {}
        for one in believed:
            first.setdefault(one.key, one)
        return list(first.values())

    @once
    def step(self) -> str | None:
        """The name of the latest thing that happened in the call before its end, which `outcome` tells."""
        return None if self.furthest is None else self.furthest.name

    @once
    def claim(self) -> Claim | None:
        """The attempt that the call belongs to; None for calls of others."""
        return self.claims.last()

    @once
    def owner(self) -> Claim | CallCameIn | None:
        """Whose the call is: the attempt's that claims it, else the person's who rings back with it."""
        return self.claim or self.came_in

    @once
    def contested(self) -> bool:
        """Whether equally good evidence names more than one attempt."""
        best = self.claim
        other = None if best is None else self.claims.below(best)
        return best is not None and other is not None and other.strength == best.strength


class CallHistory(Struct, frozen=True, kw_only=True):
    """A call's state, and what does hang on order.

    `deliveries` says how often each of its reports was delivered ((key, digest) → times), `redelivered` how often one was
    again, of those with a key, `insights` what came of asking for each kind of AI result, each word once. A recording that is
    completed begins the asking anew. `answers` counts what it was told to say, `asides` those of them that were no part of
    its own walk.
    """

    state: CallState = CallState()
    deliveries: Growing[tuple[str, str], int] = Growing()
    redelivered: Growing[str, int] = Growing()
    observed: GrowingSet[str] = Growing()
    insights: Mapping[str, tuple[str, ...]] = {}
    answers: int = 0
    asides: int = 0


INITIAL = CallHistory()
