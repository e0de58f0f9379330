"""Whatever a lookup does, nobody is called against what the campaign says, and nobody is lost."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Literal, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.lookup_client import LookupClient, LookupQuestion, LookupSaid, LookupUnanswered
from adapters.recipient_file import RecipientRow
from application.commands import campaigns, recipients
from application.commands.attempts import StartedAttempt, start_attempt
from application.dialer import kept_answers
from application.dialer.config import DialerConfig
from application.dialer.looking_up import LookingUp
from application.dialer.lookup_brake import LookupBrake
from domain.account import AccountState
from domain.campaign import CampaignRevised, Lookup, OnFailure, Plan
from domain.dialing import Verdict
from domain.policy import Policy
from domain.recipient import LookupAnswer
from projections.folded import campaign_of, recipient_of
from projections.in_flight import InFlight
from tests.adapters.ledger.stage import Clock, do, open_ledger
from tests.application.commands.starting import start_campaign
from tests.examples import examples

SPRING, SERVICE = "spring", "service"
URL = "https://crm.example.org/lookup"
NUMBERS = (f"+1202{n:07}" for n in count(5_550_100))
Said = Literal["yes", "no", "fails", "is not allowed"]
SAID: st.SearchStrategy[Said] = st.sampled_from(("yes", "no", "fails", "is not allowed"))


def seconds_of(clock: Clock) -> Callable[[], float]:
    """The same clock as a monotonic one."""

    def now() -> float:
        return clock.now.timestamp()

    return now


class Scripted:
    """A lookup that says what comes next."""

    def __init__(self) -> None:
        self.next: Said = "yes"
        self.asked = 0

    async def ask(self, lookup: Lookup, question: LookupQuestion) -> LookupSaid:
        """One answer, or none."""
        del lookup, question
        self.asked += 1
        if self.next in {"fails", "is not allowed"}:
            raise LookupUnanswered("it hung", is_ours=self.next != "fails")
        return LookupSaid(call=self.next == "yes", reason="so it is", variables={"balance": "42"})


class Scene:
    """A ledger with one campaign, and what looks its people up, at the clock's time."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.said = Clock(), Scripted()
        self.ledger = open_ledger(folder, clock=self.clock)
        do(self.ledger, campaigns.create_campaign(SPRING, Plan(caller_number="+15551230001", lookup=Lookup(url=URL))))
        do(self.ledger, start_campaign(SPRING))
        self.config = DialerConfig(
            clock=self.clock,
            monotonic=seconds_of(self.clock),
            chance=lambda: 0.5,
            new_id=lambda: "1",
            boot_id="boot",
            marks=folder,
            fingerprint="f",
            only_numbers=None,
            answer_timeout_seconds=1,
        )
        self.looking_up = self.process()

    def process(self) -> LookingUp:
        """What looks up in a process that has just begun."""
        states = {name: campaign_of(self.ledger.read_stream(f"campaign:{name}")) for name in (SPRING, SERVICE)}
        in_flight = SimpleNamespace(campaigns={i: one for i, one in states.items() if one}, account=AccountState())
        return LookingUp(
            self.ledger, cast("InFlight", in_flight), cast("LookupClient", self.said), self.config, {"actor": "dialer"}
        )

    def asks(self, lookup: Lookup, policy: Policy | None = None) -> Lookup:
        """Revise the campaign to this lookup."""
        state = campaign_of(self.ledger.read_stream(f"campaign:{SPRING}"))
        assert state is not None
        if (state.plan.asked_first, state.plan.policy) != (lookup, policy):
            plan = replace(state.plan, lookup=lookup, policy=policy)
            do(self.ledger, lambda tx: tx.append(f"campaign:{SPRING}", [CampaignRevised(plan=plan)]))
        self.looking_up = self.process()
        return lookup

    def person(self) -> str:
        """Somebody new in the campaign, by their stream."""
        number = next(NUMBERS)
        stream = self.ledger.recipient_stream(number)
        do(self.ledger, recipients.enroll_recipients(SPRING, number, [(stream, RecipientRow(2, number, None, {}))]))
        return stream

    def look_up(self, stream: str, lookup: Lookup, says: Said) -> LookupAnswer | None:
        """Ask about somebody."""
        self.said.next = says
        brake = LookupBrake(self.clock, self.config.monotonic)
        return asyncio.run(self.looking_up.look_up(SPRING, stream, lookup, brake))

    def start(self, stream: str, told: LookupAnswer | None) -> StartedAttempt | Verdict:
        """Try to begin an attempt."""
        command = start_attempt(
            attempt_id=f"att_{stream[-12:]}",
            campaign_id=SPRING,
            stream=stream,
            fingerprint="f",
            epoch="e",
            only_numbers=None,
            lookup=told,
        )
        return cast("StartedAttempt | Verdict", do(self.ledger, command, "attempts"))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    made = Scene(tmp_path_factory.mktemp("lookups"))
    yield made
    made.ledger.close()


@given(says=st.lists(SAID, min_size=1, max_size=6), on_failure=st.sampled_from(("hold", "skip", "go_on")))
@settings(
    max_examples=examples(100),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_for_every_sequence_of_answers_and_failures(scene: Scene, says: Sequence[Said], on_failure: OnFailure) -> None:
    lookup = scene.asks(Lookup(url=URL, on_failure=on_failure))
    stream = scene.person()
    for said in says:
        told = scene.look_up(stream, lookup, said)
        assert isinstance(scene.start(stream, None), Verdict)  # never without having been told
        person = recipient_of(scene.ledger.read_stream(stream))
        place, failure = person.enrollments[SPRING], person.lookup_failures.get(SPRING)
        goes_on = said == "yes" or (on_failure == "go_on" and said in {"fails", "is not allowed"})
        assert (told is not None) == goes_on
        if told is not None:
            assert isinstance(scene.start(stream, told), StartedAttempt)
            return
        is_out = said == "no" or (said == "fails" and on_failure == "skip")
        assert place.withdrawn == is_out
        assert place.withdrawn_cause == (None if not is_out else "lookup_said_no" if said == "no" else "lookup_failed")
        if is_out:
            return
        assert failure is not None
        assert failure.until > scene.clock.now
        asked = scene.said.asked
        assert scene.look_up(stream, lookup, "yes") is None  # held: nobody is even asked about
        assert scene.said.asked == asked
        scene.clock.now = failure.until


def test_a_person_is_asked_about_once_within_the_time_to_live(scene: Scene) -> None:
    lookup = scene.asks(Lookup(url=URL, ttl_seconds=600))
    stream, asked = scene.person(), scene.said.asked
    told = scene.look_up(stream, lookup, "yes")
    assert told is not None
    assert scene.look_up(stream, lookup, "no") == told
    scene.clock.now += timedelta(seconds=600)
    assert scene.look_up(stream, lookup, "no") == told
    assert scene.said.asked == asked + 1
    scene.clock.now += timedelta(seconds=1)
    again = scene.look_up(stream, lookup, "yes")
    assert again is not None
    assert again.at == scene.clock.now
    assert scene.said.asked == asked + 2


def test_nobody_is_asked_about_for_whom_a_purpose_that_goes_first_waits(scene: Scene) -> None:
    plan = Plan(caller_number="+15551230001", policy=Policy(purpose="help"))
    do(scene.ledger, campaigns.create_campaign(SERVICE, plan))
    do(scene.ledger, start_campaign(SERVICE))
    lookup = scene.asks(Lookup(url=URL), Policy(purpose="sales", waits_for=("help",)))
    waited_for, other = scene.person(), scene.person()
    number = recipient_of(scene.ledger.read_stream(waited_for)).number
    rows = [(waited_for, RecipientRow(2, number, None, {}))]
    do(scene.ledger, recipients.enroll_recipients(SERVICE, number, rows))
    asked = scene.said.asked

    assert scene.look_up(waited_for, lookup, "yes") is None
    assert scene.said.asked == asked
    assert scene.look_up(other, lookup, "yes") is not None

    do(scene.ledger, campaigns.cancel_campaign(SERVICE))
    scene.looking_up = scene.process()
    assert scene.look_up(waited_for, lookup, "yes") is not None


def test_large_answers_are_not_kept_beyond_their_bytes_and_are_asked_for_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookup = scene.asks(Lookup(url=URL, ttl_seconds=600))
    first, second = scene.person(), scene.person()
    told = scene.look_up(first, lookup, "yes")
    assert told is not None
    monkeypatch.setattr(kept_answers, "KEPT_BYTES_MAX", kept_answers.bytes_of(told))
    scene.look_up(second, lookup, "yes")
    asked = scene.said.asked
    assert scene.look_up(second, lookup, "yes") is not None
    assert scene.said.asked == asked
    assert scene.look_up(first, lookup, "yes") is not None
    assert scene.said.asked == asked + 1


def test_another_lookup_is_asked_anew_and_what_the_old_one_said_starts_nobody(scene: Scene) -> None:
    lookup = scene.asks(Lookup(url=URL))
    stream = scene.person()
    told = scene.look_up(stream, lookup, "yes")
    scene.asks(Lookup(url=URL + "/2"))
    found = scene.start(stream, told)
    assert isinstance(found, Verdict)
    assert [reason.rule for reason in found.reasons] == ["lookup_due"]


def test_while_it_fails_nobody_is_held_who_was_not_asked_about(scene: Scene) -> None:
    lookup = scene.asks(Lookup(url=URL, on_failure="skip"))
    stream, asked = scene.person(), scene.said.asked
    brake = LookupBrake(scene.clock, scene.config.monotonic)
    brake.failed("crm.example.org", "it hung", scene.config.monotonic())
    assert asyncio.run(scene.looking_up.look_up(SPRING, stream, lookup, brake)) is None
    assert scene.said.asked == asked
    assert not recipient_of(scene.ledger.read_stream(stream)).enrollments[SPRING].withdrawn


def test_the_brake_waits_longer_each_time_and_lets_go_at_an_answer() -> None:
    clock = Clock()
    brake = LookupBrake(clock, seconds_of(clock))
    waits = []
    for _ in range(10):
        brake.failed("crm.example.org", "it hung", clock.now.timestamp())
        brake.failed("crm.example.org", "it hung", clock.now.timestamp() - 1)  # asked before it was known to fail
        waits.append(brake._waits_until - clock.now.timestamp())
        assert brake.is_set
        clock.now += timedelta(seconds=waits[-1])
        assert not brake.is_set
    assert waits == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert brake.trouble is not None
    assert brake.trouble.times == 10
    brake.answered()
    assert brake.trouble is None
