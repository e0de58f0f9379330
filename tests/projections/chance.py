"""Histories by chance: lives of attempts, mixed with all that may come between, each from one source of chance."""

from typing import get_args

from domain import call, recipient
from tests.domain.given import report
from tests.projections.history import CAMPAIGNS, NUMBERS, World, call_id_of
from tests.projections.kept_world import FINGERPRINT, OTHER_FINGERPRINT
from tests.projections.policies import ENROLLED_ZONES, Random, policy_by_chance
from tests.projections.recording import T0

__all__ = ["Chance", "Random", "mixed_histories", "small_history"]

ONE, _, THREE = NUMBERS
THREE_WRITTEN_OTHERWISE = "+49030123456"
NUMBERS_IN_ZONES = (ONE, "+12125550100", "+18005550100", "+19005557102", THREE, THREE_WRITTEN_OTHERWISE)
REPORTS = ("call.created", "call.answered", "call.gathered", "call.completed", "call.failed", "call.canceled", "x.new")
ENDS = ("call.completed", "call.failed", "call.canceled")
TIMES = (None, 0, 1, 2, 3, 3.2, 200)
CONCERNS: tuple[recipient.Concerns, ...] = get_args(recipient.Concerns)
MATCHES: tuple[recipient.Resolution, ...] = get_args(recipient.Resolution)
VERBS = ("pause", "resume", "resume", "start", "start", "complete", "cancel", "revise", "revise")


class Chance:
    """Lets chance act in a world: on these campaigns and these numbers."""

    def __init__(
        self,
        rng: Random,
        world: World,
        campaigns: tuple[str, ...] = CAMPAIGNS,
        numbers: tuple[str, ...] = NUMBERS_IN_ZONES,
    ) -> None:
        self._rng = rng
        self._world = world
        self._campaigns = campaigns
        self._numbers = numbers
        self._prefixes = (*numbers, *(number[:-1] for number in numbers), "+1555", "+49")
        self._acts = (
            *(self._live,) * 6,
            *(self._call_through,) * 4,
            *(self._report,) * 4,
            *(self._tell_others, self._match, self._match, self._observe, self._enroll) * 2,
            *(self._suppress, self._release, self._hold, self._free, self._free) * 2,
            *(self._settle, self._change) * 2,
            self._withdraw,
            self._wish,
            self._agree,
            self._agree,
            self._take_back,
            self._account,
            self._serve,
            world.quarantine,
            self._pass_time,
        )

    def begin(self) -> None:
        """Campaigns that run, with most of the people in them."""
        for campaign_id in self._campaigns:
            self._world.create(campaign_id, policy_by_chance(self._rng, self._numbers, self._world.now))
            if self._rng.random() < 0.9:
                self._world.change(campaign_id, "start")
            for number in self._numbers:
                if self._rng.random() < 0.7:
                    self._world.enroll(number, campaign_id, zone=self._rng.choice(ENROLLED_ZONES))
        for number in self._numbers:
            self._agree(number)

    def act(self) -> None:
        """One thing, or one after another of the same kind."""
        self._rng.choice(self._acts)()

    def _number(self) -> str:
        return self._rng.choice(self._numbers)

    def _campaign(self) -> str:
        return self._rng.choice(self._campaigns)

    def _live(self) -> None:
        """An attempt, with reports of its call before and after it is known whose it is."""
        rng, world, number = self._rng, self._world, self._number()
        if rng.random() < 0.8:
            world.resume_account()
        world.start(number, self._campaign())
        for _ in range(rng.choice((0, 0, 1))):
            self._hear(number)
        match rng.choice(("accept", "accept", "accept", "unresolved", "unresolved", "refuse", "abandon", "wait")):
            case "accept":
                world.accept(number)
            case "unresolved":
                world.leave_unresolved(number)
            case "refuse":
                world.refuse(number, rng.choice(CONCERNS), rng.random() < 0.5, rng.choice((None, "x", "some_code")))
            case "abandon":
                world.abandon(number)
            case _:
                pass
        for _ in range(rng.choice((0, 1, 2, 3))):
            self._hear(number)

    def _call_through(self) -> None:
        """One call after another from its beginning to its end, as most of them are; then somebody may be left alone for a while."""
        rng, world, number, campaign_id = self._rng, self._world, self._number(), self._campaign()
        if rng.random() < 0.8:
            world.enroll(number, campaign_id, rng.choice(ENROLLED_ZONES))
        for _ in range(rng.choice((1, 2, 3))):
            world.resume_account()
            world.start(number, campaign_id)
            if rng.random() < 0.1:
                world.refuse(number, "recipient", counts=True)
            world.accept(number)
            for name in (*rng.choice(((), (), (), ("call.answered",))), rng.choice(ENDS)):
                world.hear(number, name, (world.now - T0).total_seconds())
            world.pass_time(rng.choice((0, 5, 60, 300)))
        if rng.random() < 0.2:
            world.suppress(number, rng.choice((3, 10, 1_000)))

    def _hear(self, number: str) -> None:
        self._world.hear(number, self._rng.choice(REPORTS), self._rng.choice(TIMES))

    def _report(self) -> None:
        self._hear(self._number())

    def _tell_others(self) -> None:
        """A report of a call that may be nobody's, that may echo an attempt, and names who called whom."""
        rng = self._rng
        attempt = rng.choice((None, None, *self._attempt_ids()))
        said = call.CallSnapshot(direction="outbound", from_number="+15559870000", to_number=self._number())
        if attempt is not None:
            said = call.CallSnapshot(from_number="+15559870000", to_number=self._number(), attempt_id=attempt)
        self._world.tell(self._call(), report(rng.choice(REPORTS), rng.choice(TIMES), snapshot=said))

    def _call(self) -> str:
        own = [call_id_of(attempt_id) for attempt_id in self._attempt_ids()]
        return self._rng.choice([f"call_of_others_{self._numbers[0]}", *own[-4:]])

    def _attempt_ids(self) -> list[str]:
        people = [self._world.person(number) for number in self._numbers]
        return [attempt.attempt_id for person in people for attempt in person.attempts]

    def _match(self) -> None:
        number = self._number()
        attempts = self._world.person(number).attempts
        if attempts:
            attempt = self._rng.choice((*attempts, attempts[-1]))
            call_id = self._rng.choice((call_id_of(attempt.attempt_id), self._call()))
            self._world.match(number, attempt, call_id, self._rng.choice(MATCHES))

    def _observe(self) -> None:
        attempt = self._rng.choice((None, None, *self._attempt_ids()))
        self._world.observe(self._call(), attempt, self._rng.random() < 0.5)

    def _settle(self) -> None:
        self._world.settle(self._number(), self._rng.random() < 0.5)

    def _enroll(self) -> None:
        self._world.enroll(self._number(), self._campaign())

    def _suppress(self) -> None:
        self._world.suppress(self._number(), self._rng.choice((None, 1, 3, 3, 10, 30)))

    def _release(self) -> None:
        self._world.release(self._number())

    def _withdraw(self) -> None:
        self._world.withdraw(self._number(), self._campaign())

    def _wish(self) -> None:
        number, campaign_id = self._number(), self._campaign()
        if self._rng.random() < 0.4:
            for one in self._numbers:
                self._world.unwish(one, campaign_id)
        else:
            self._world.wish(number, campaign_id, self._rng.choice((1, 10, 70, 700)), self._rng.choice((60, 600)))

    def _agree(self, number: str | None = None) -> None:
        purpose = self._rng.choice((*self._campaigns, "care", "care"))
        self._world.consent(number or self._number(), purpose, self._rng.choice((None, None, 4, 60, 5_000)))

    def _take_back(self) -> None:
        self._world.revoke(self._number(), self._rng.choice((None, *self._campaigns, "care")))

    def _change(self) -> None:
        policy = policy_by_chance(self._rng, self._numbers, self._world.now)
        self._world.change(self._campaign(), self._rng.choice(VERBS), policy)

    def _account(self) -> None:
        self._rng.choice((self._world.pause_account, self._world.resume_account, self._world.resume_account))()

    def _hold(self) -> None:
        number, fingerprint = self._number(), self._rng.choice((FINGERPRINT, FINGERPRINT, OTHER_FINGERPRINT))
        if self._rng.random() < 0.3:
            self._world.enroll(number, self._campaign())
        self._world.hold(self._rng.choice(self._prefixes), fingerprint)

    def _free(self) -> None:
        fingerprint = self._rng.choice((FINGERPRINT, FINGERPRINT, OTHER_FINGERPRINT))
        known = self._world.accounts.get(fingerprint)
        if known is not None and known.held_prefixes:
            self._world.free(self._rng.choice(sorted(known.held_prefixes)), fingerprint)

    def _serve(self) -> None:
        self._world.serve(self._call(), "greeting")

    def _pass_time(self) -> None:
        self._world.pass_time(self._rng.choice((1, 10, 70, 700)))


def small_history(rng: Random, acts: int) -> World:
    """One small world after some acts."""
    world = World()
    chance = Chance(rng, world)
    chance.begin()
    for _ in range(acts):
        chance.act()
    return world


def mixed_histories(rng: Random, histories: int, acts: int) -> World:
    """Many such, each with campaigns and people of its own (the prefixes are everybody's), one act of one after one of another."""
    world = World()
    chances = []
    for i in range(histories):
        numbers = (f"+1555{i:07}", f"+49{i:07}0", f"+1212{i:07}", f"+1800{i:07}")
        chances.append(Chance(rng, world, (f"spring_{i}", f"autumn_{i}"), tuple(rng.sample(numbers, 3))))
    for chance in chances:
        chance.begin()
    for _ in range(histories * acts):
        rng.choice(chances).act()
    return world
