"""The gates of a new process go on from what an earlier one sent and found out, whatever its clock said."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.sending_marks import SLOTS_MAX, LastCommit, MarksHeader, open_marks
from application.dialer.gates import LEARNED_EVERY_SECONDS, Gates, Learned
from domain.account import LimitLearned
from domain.call import CallCreated
from domain.campaign import CampaignCreated, CampaignStarted, Limits, Plan
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Refused, Throttle, Unresolved
from domain.events import Event, Recorded
from domain.pacing import AccountLimits, AccountPace, account_sent
from domain.policy import Policy, Ramp
from projections.attempt_index import AttemptRow
from projections.in_flight import InFlight, LoadedInFlight

NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
MONOTONIC = 1_000.0
FINGERPRINT = "key"
UNSET = AccountLimits()
ACCEPTED = Accepted(
    call_id="c1",
    status=201,
    body="{}",
    created=CallCreated(source="api", key="k", digest="d", body="{}", occurred_at=None),
)


class Clock:
    """The monotonic clock, and the other one beside it."""

    def __init__(self) -> None:
        self.now = MONOTONIC

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def clock(self) -> datetime:
        """The same, counted from noon."""
        return NOON + timedelta(seconds=self.now - MONOTONIC)


def recorded(stream: str, *events: Event) -> list[Recorded]:
    """A stream of these, all at noon."""
    return [
        Recorded(
            position=version,
            event_id=f"{stream}{version}",
            stream=stream,
            version=version,
            recorded_at=NOON,
            metadata={},
            event=event,
        )
        for version, event in enumerate(events, start=1)
    ]


def gates_after(
    folder: Path,
    sends: Mapping[str, Iterable[float]],
    *,
    per_second: float = 100.0,
    limits: AccountLimits = UNSET,
    learned: Iterable[LimitLearned] = (),
    policy: Policy | None = None,
    clock: Clock | None = None,
) -> Gates:
    """Gates at noon, after campaigns' requests of an earlier process that left so many seconds before (or, by its clock, after) noon."""
    plan = Plan(caller_number="+15551230001", limits=Limits(calls_per_second=per_second), policy=policy)
    account = f"account:{FINGERPRINT}"
    streams = {account: recorded(account, *learned)}
    for campaign_id in sends:
        stream = f"campaign:{campaign_id}"
        streams[stream] = recorded(stream, CampaignCreated(campaign_id=campaign_id, plan=plan), CampaignStarted())
    in_flight = InFlight(lambda asked, _: {stream: streams.get(stream, []) for stream in asked}, FINGERPRINT)
    in_flight.load(
        LoadedInFlight(
            position=9,
            campaign_ids=list(sends),
            open_streams=[],
            watched_calls=[],
            sends={
                campaign_id: [
                    AttemptRow(f"att_{n}", 1, "recipient:x", False, NOON + timedelta(seconds=at))
                    for n, at in enumerate(times)
                ]
                for campaign_id, times in sends.items()
            },
            placed={},
            fingerprint=FINGERPRINT,
        )
    )
    around = clock or Clock()
    gates = Gates(in_flight, limits, around.clock, around.monotonic, lambda: 0.5)
    gates.marks = open_marks(folder / "marks", MarksHeader(boot_id="boot", ledger={}, epoch="e"), LastCommit())
    return gates


def throttled(throttle: Throttle) -> Refused:
    """A refusal for too many."""
    return Refused(status=429, code="x", body="{}", concerns="account", counts=False, throttle=throttle)


@pytest.mark.parametrize(
    ("sends", "per_second", "least", "most"),
    [
        ([], 1.0, 0.0, 0.0),
        ([-0.5], 1.0, 0.5, 0.56),
        ([-5.0], 1.0, 0.0, 0.0),
        ([8.0, 86_400.0], 1.0, 1.0, 1.06),
        ([0.0] * 100, 1.0, 1.0, 1.06),
        ([0.0] * 100, 100.0, 1.0, 1.06),
        ([-0.2], 1e-12, 1.0, float("inf")),
    ],
)
def test_the_first_request_waits_for_the_earlier_ones_and_no_longer(
    tmp_path: Path, sends: list[float], per_second: float, least: float, most: float
) -> None:
    gates = gates_after(tmp_path, {"spring": sends}, per_second=per_second)

    assert least <= gates.of("spring").pace.wait_seconds(MONOTONIC) <= most


def test_the_account_waits_for_the_earlier_requests_of_all_campaigns(tmp_path: Path) -> None:
    sends = {"spring": [-0.9, -0.5], "summer": [-0.7]}
    gates = gates_after(tmp_path, sends, limits=AccountLimits(calls_per_second=3))

    assert gates.account.pace.wait_seconds(MONOTONIC) == pytest.approx(-0.9 + 1.05)
    assert gates.of("spring").pace.wait_seconds(MONOTONIC) == 0.0


@pytest.mark.parametrize(
    ("limits", "per_second", "at_once"),
    [
        (UNSET, 12.0, 40.0),
        (AccountLimits(calls_per_second=30, calls_at_once=20), 12.0, 20),
        (AccountLimits(calls_per_second=5, calls_at_once=90), 5, 40.0),
    ],
)
def test_the_account_begins_with_what_was_found_out_or_set_whichever_is_lower(
    tmp_path: Path, limits: AccountLimits, per_second: float, at_once: float
) -> None:
    learned = [LimitLearned(limit="calls_per_second", value=12), LimitLearned(limit="calls_at_once", value=40)]
    pace = gates_after(tmp_path, {}, limits=limits, learned=learned).account.pace

    assert (pace.per_second.limit, pace.at_once.limit) == (per_second, at_once)


def test_there_is_no_gate_before_the_past_is_settled(tmp_path: Path) -> None:
    gates = gates_after(tmp_path, {})
    gates.marks = None

    with pytest.raises(RuntimeError, match="has not begun"):
        _ = gates.account


def test_a_campaign_with_a_ramp_begins_slowly_and_comes_to_its_limit(tmp_path: Path) -> None:
    clock = Clock()
    policy = Policy(ramp=Ramp(calls_per_second_start=10, seconds=60))
    gates = gates_after(tmp_path, {"spring": []}, policy=policy, clock=clock)
    limits = []
    for seconds in (0, 30, 60, 90):
        clock.now = MONOTONIC + seconds
        limits.append(gates.of("spring").pace.calls_per_second)

    assert limits == pytest.approx([10, 55, 100, 100])


@pytest.mark.parametrize(
    ("outcome", "sent_at", "wait"),
    [
        (ACCEPTED, MONOTONIC, 0.0),
        (throttled("calls_per_second"), MONOTONIC, 0.25),
        (throttled("calls_at_once"), MONOTONIC, 5.0),
        (Refused(status=400, code="x", body="", concerns="recipient", counts=False), MONOTONIC, 0.0),
        (Unresolved(why="no answer"), MONOTONIC, 0.5),
        (Abandoned(why="no connection", unreachable=True), None, 0.5),
        (Abandoned(why="changed our mind"), None, 0.0),
    ],
)
def test_what_became_of_a_request_holds_all_campaigns_back(
    tmp_path: Path, outcome: DialOutcome, sent_at: float | None, wait: float
) -> None:
    gates = gates_after(tmp_path, {"spring": [], "summer": []})
    gates.record_outcome(outcome, sent_at)

    assert gates.account.pace.hold.seconds(MONOTONIC) == pytest.approx(wait)


def test_turns_go_by_weight_and_one_that_did_not_leave_comes_again(tmp_path: Path) -> None:
    gates = gates_after(tmp_path, {"spring": [], "summer": []})
    gates.take_turn("spring")

    assert gates.next_of(["spring", "summer"]) == "summer"
    gates.end_turn("spring", has_left=False)
    assert gates.next_of(["spring", "summer"]) == "spring"
    assert gates.account.ahead == 0


def test_the_account_starts_nothing_while_its_slots_are_full(tmp_path: Path) -> None:
    gates = gates_after(tmp_path, {"spring": []}, limits=AccountLimits(calls_at_once=2))

    assert [gates.start_wait_seconds(MONOTONIC, held) for held in (0, 1, 2, 3)] == [0.0, 0.0, None, None]


def test_a_limit_is_told_once_when_it_has_changed_and_not_too_often(tmp_path: Path) -> None:
    clock = Clock()
    gates = gates_after(tmp_path, {"spring": []}, clock=clock)
    told = [gates.learned(clock.now)]
    for seconds in (0.0, 1.0, 2.0, LEARNED_EVERY_SECONDS + 1, LEARNED_EVERY_SECONDS + 2):
        clock.now = MONOTONIC + seconds
        if seconds < 2.0:
            gates.account.pace = _after_sends(gates, clock.now, 40 if seconds == 0.0 else 10)
            gates.record_outcome(throttled("calls_per_second"), clock.now)
        told.append(gates.learned(clock.now))

    first, second = (Learned(limit="calls_per_second", value=value, code="cps_limit_reached") for value in (39.0, 19.5))
    assert told == [[], [first], [], [], [second], []]


def test_a_limit_that_the_ledger_did_not_take_is_told_again_later(tmp_path: Path) -> None:
    clock = Clock()
    gates = gates_after(tmp_path, {"spring": []}, clock=clock)
    gates.account.pace = _after_sends(gates, clock.now, 5)
    gates.record_outcome(throttled("calls_per_second"), clock.now)
    (learned,) = gates.learned(clock.now)
    gates.not_recorded(learned)

    assert gates.learned(clock.now) == []
    assert gates.learned(clock.now + LEARNED_EVERY_SECONDS) == [learned]


def _after_sends(gates: Gates, now: float, count: int) -> AccountPace:
    """So many requests within the last half second, the last of them now."""
    pace = gates.account.pace
    for at in range(count):
        pace = account_sent(pace, now - 0.5 + 0.5 * (at + 1) / count)
    return pace


def test_no_attempt_is_begun_that_could_not_be_marked(tmp_path: Path) -> None:
    gates = gates_after(tmp_path, {})
    assert gates.start_wait_seconds(MONOTONIC, 0) == 0
    for number in range(SLOTS_MAX):
        gates.account.marks.begin(f"att_{number}")

    waits = [gates.start_wait_seconds(MONOTONIC, 0)]
    gates.account.marks.clear("att_7")
    waits.append(gates.start_wait_seconds(MONOTONIC, 0))

    assert waits == [None, 0]


def test_what_others_may_have_sent_is_waited_for_by_all_campaigns_also_by_those_that_begin_later(
    tmp_path: Path,
) -> None:
    clock = Clock()
    limits = AccountLimits(calls_per_second=5)
    gates = gates_after(tmp_path, {"spring": [-0.9], "summer": []}, per_second=4, limits=limits, clock=clock)
    spring = gates.of("spring")

    gates.others_sent_until(clock.now)
    clock.now += 0.25

    waits = [pace.wait_seconds(clock.now) for pace in (spring.pace, gates.of("summer").pace, gates.account.pace)]
    assert waits == pytest.approx([0.8, 0.8, 0.8])
