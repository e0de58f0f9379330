"""Campaigns by the clock: the same events however often somebody looks, and never a call outside."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from domain import campaign
from domain.account import AccountState
from domain.campaign import (
    CampaignCreated,
    CampaignEvent,
    CampaignState,
    Plan,
    Schedule,
    follow_schedule,
    next_scheduled,
)
from domain.dialing import Reason, judge_person
from domain.errors import Conflict
from domain.local_times import LocalTime, instants_of
from domain.policy import Policy
from domain.recipient import INITIAL, RecipientEnrolled
from domain.recipient import evolve as person_after
from tests.examples import examples
from tests.projections.chance import Random

BERLIN = "Europe/Berlin"
WEEK = Schedule(
    zone=BERLIN,
    start_at="2026-03-27T09:00",
    stop_at="2026-03-30T18:00",
    pause=("12:00", "20:00", "2026-03-29T10:00:00+02:00"),
    resume=("13:00", "08:00"),
)
BEGUN = datetime(2026, 3, 27, 6, tzinfo=UTC)
PERSON = person_after(INITIAL, RecipientEnrolled(campaign_id="spring", number="+4930123456"), BEGUN)


def made(schedule: Schedule = WEEK, policy: Policy | None = None, at: datetime = BEGUN) -> CampaignState:
    plan = Plan(caller_number="+15551230001", policy=policy, schedule=schedule)
    state = campaign.evolve(None, CampaignCreated(campaign_id="spring", plan=plan), at)
    assert state is not None
    return state


def after(state: CampaignState, events: list[CampaignEvent], at: datetime) -> CampaignState:
    for event in events:
        moved = campaign.evolve(state, event, at)
        assert moved is not None
        state = moved
    return state


def told(events: list[CampaignEvent]) -> list[tuple[str, object, object]]:
    return [(e.NAME, getattr(e, "cause", None), getattr(e, "scheduled_for", None)) for e in events]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_what_was_missed_is_made_up_for_in_its_order_with_the_instants_it_was_for() -> None:
    events = follow_schedule(made(), utc("2026-03-28T08:30+01:00"))
    assert told(events) == [
        ("campaign.started", "schedule", utc("2026-03-27T09:00+01:00")),
        ("campaign.paused", "schedule", utc("2026-03-27T12:00+01:00")),
        ("campaign.resumed", "schedule", utc("2026-03-27T13:00+01:00")),
        ("campaign.paused", "schedule", utc("2026-03-27T20:00+01:00")),
        ("campaign.resumed", "schedule", utc("2026-03-28T08:00+01:00")),
    ]


def test_a_stop_ends_it_for_good_also_one_that_had_passed_when_it_was_made() -> None:
    events = follow_schedule(made(), utc("2026-04-02T00:00Z"))
    assert told(events)[-1] == ("campaign.canceled", "schedule", utc("2026-03-30T18:00+02:00"))
    late = made(at=utc("2026-03-31T09:00Z"))
    assert [e.NAME for e in follow_schedule(late, utc("2026-03-31T09:00:01Z"))] == ["campaign.canceled"]


def test_a_persons_pause_is_never_lifted_by_the_clock_and_their_resume_holds_until_the_next_instant() -> None:
    noon = utc("2026-03-27T10:00+01:00")
    state = after(made(), follow_schedule(made(), noon), noon)
    paused = after(state, campaign.pause(state, "operator"), noon)
    assert follow_schedule(paused, utc("2026-03-27T14:00+01:00")) == []
    at = utc("2026-03-27T12:30+01:00")
    by_clock = after(state, follow_schedule(state, at), at)
    assert by_clock.pause is not None
    assert by_clock.pause.cause == "schedule"
    taken_over = after(by_clock, campaign.pause(by_clock, "operator"), at)
    assert follow_schedule(taken_over, utc("2026-03-27T13:30+01:00")) == []
    resumed = after(by_clock, campaign.resume(by_clock), at)
    assert follow_schedule(resumed, utc("2026-03-27T19:59+01:00")) == []
    assert [e.NAME for e in follow_schedule(resumed, utc("2026-03-27T20:00+01:00"))] == ["campaign.paused"]


def test_what_a_probe_resumes_within_a_pause_of_the_schedule_stands_still_again() -> None:
    at = utc("2026-03-27T11:00+01:00")
    state = after(made(), follow_schedule(made(), at), at)
    state = after(state, campaign.pause(state, "provider", code="x"), at)
    at = utc("2026-03-27T12:10+01:00")
    assert follow_schedule(state, at) == []
    state = after(state, campaign.resume(state, "probed", cause="probe"), at)
    assert rules(state, at) == ["outside_schedule"]
    assert [e.NAME for e in follow_schedule(state, at)] == ["campaign.paused"]


def test_a_start_that_takes_a_second_person_is_left_to_people() -> None:
    state = made(policy=Policy(needs_approval=True))
    assert follow_schedule(state, utc("2026-03-27T11:00+01:00")) == []


@pytest.mark.parametrize(
    ("text", "pauses", "resumes"),
    [
        ("2026-03-29T02:30", "2026-03-29T00:30Z", "2026-03-29T01:30Z"),
        ("2026-10-25T02:30", "2026-10-25T00:30Z", "2026-10-25T01:30Z"),
        ("2026-07-01T02:30", "2026-07-01T00:30Z", "2026-07-01T00:30Z"),
    ],
)
def test_of_a_local_time_that_is_none_or_two_a_pause_takes_the_earlier_and_a_resume_the_later(
    text: str, pauses: str, resumes: str
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for schedule, expected in (
        (Schedule(zone=BERLIN, pause=(text,)), pauses),
        (Schedule(zone=BERLIN, stop_at=text), pauses),
        (Schedule(zone=BERLIN, resume=(text,)), resumes),
        (Schedule(zone=BERLIN, start_at=text), resumes),
    ):
        found = next_scheduled(schedule, now)
        assert found is not None
        assert found.at == utc(expected)


def rules(state: CampaignState, now: datetime) -> list[str]:
    return [r.rule for r in judge_person(state, PERSON, AccountState(), {}, now).reasons]


def is_open(now: datetime) -> bool:
    """Whether the schedule lets somebody be called, counted by hand."""
    local = now.astimezone(WEEK_ZONE)
    if not utc("2026-03-27T09:00+01:00") <= now < utc("2026-03-30T18:00+02:00"):
        return False
    if utc("2026-03-29T10:00+02:00") <= now < utc("2026-03-29T13:00+02:00"):
        return False
    return local.hour in {8, 9, 10, 11, *range(13, 20)}


WEEK_ZONE = ZoneInfo(BERLIN)


@pytest.mark.parametrize("seed", range(examples(60)))
def test_the_same_events_for_any_ticks_and_never_a_call_outside(seed: int) -> None:
    rng = Random(seed)
    end = utc("2026-04-01T00:00Z")
    whole = told(follow_schedule(made(), end))
    seen: list[tuple[str, object, object]] = []
    state, now = made(), BEGUN
    while now < end:
        now = min(end, now + timedelta(minutes=rng.choice((1, 7, 61, 400, 3_000))))
        if state.phase == "running" and not rules(state, now):
            assert is_open(now)
        if rng.random() < 0.7 or now == end:  # else nothing runs at this moment
            events = follow_schedule(state, now)
            seen += told(events)
            state = after(state, events, now)
            assert follow_schedule(state, now) == []
            assert (state.phase == "running") == is_open(now)
    assert seen == whole


@pytest.mark.parametrize("seed", range(examples(60)))
def test_with_people_between_it_hangs_on_their_words_and_not_on_the_ticks(seed: int) -> None:
    rng = Random(seed)
    acts = sorted((BEGUN + timedelta(minutes=rng.randint(1, 6_000)), rng.choice(("pause", "resume"))) for _ in range(6))

    def played(ticks: list[datetime]) -> list[tuple[str, object, object]]:
        seen: list[tuple[str, object, object]] = []
        state = made()
        for at, act in sorted([*acts, *((tick, "") for tick in ticks)]):
            events = follow_schedule(state, at)
            state, seen = after(state, events, at), [*seen, *told(events)]
            try:
                said = campaign.pause(state, "operator") if act == "pause" else campaign.resume(state) if act else []
            except Conflict:
                said = []
            state, seen = after(state, said, at), [*seen, *told(said)]
        return seen

    end = [BEGUN + timedelta(days=6)]
    often = [BEGUN + timedelta(minutes=m) for m in range(0, 8_000, 5)]
    assert played(end) == played([*often, *end])


def test_a_plan_without_a_schedule_has_none_of_it() -> None:
    state = replace(made(), plan=replace(made().plan, schedule=UNSET))
    assert follow_schedule(state, utc("2030-01-01T00:00Z")) == []


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(zone="Africa/Gone", pause=("12:00",), resume=("13:00",)),
        Schedule(zone="Africa/Gone", start_at="2026-03-27T09:00"),
        Schedule(zone="Africa/Gone", stop_at="2026-03-27T09:00:00+01:00"),
    ],
)
def test_while_the_data_lacks_its_zone_nobody_is_called(schedule: Schedule) -> None:
    state = made(schedule)
    assert rules(state, BEGUN) == ["campaign_not_running"]
    state = after(state, campaign.start(state), BEGUN)
    reasons = judge_person(state, PERSON, AccountState(), {}, BEGUN).reasons
    inputs = {"zones": "Africa/Gone", "missing": "Africa/Gone"}
    assert reasons == (Reason(rule="zone_data_missing", scope="campaign", inputs=inputs),)


@pytest.mark.parametrize("stands", ["created", "paused", "running"])
def test_days_on_which_the_clock_can_do_nothing_are_not_made_up(stands: str, monkeypatch: pytest.MonkeyPatch) -> None:
    daily = Schedule(zone=BERLIN, resume=("08:00",), pause=() if stands == "running" else ("20:00",))
    state = made(daily)
    if stands != "created":
        state = after(state, campaign.start(state), BEGUN)
    if stands == "paused":
        state = after(state, campaign.pause(state, "provider", code="x"), BEGUN)
    looked_at: list[datetime] = []

    def counted(local: datetime, clock: ZoneInfo) -> LocalTime:
        looked_at.append(local)
        return instants_of(local, clock)

    monkeypatch.setattr("domain.campaign.schedule.instants_of", counted)
    much_later = BEGUN + timedelta(days=400)
    assert follow_schedule(state, much_later) == []
    assert "outside_schedule" not in rules(state, much_later)
    assert looked_at == []


def test_a_start_that_waits_for_a_second_person_makes_up_no_days(monkeypatch: pytest.MonkeyPatch) -> None:
    daily = Schedule(zone=BERLIN, start_at="2026-06-01T09:00", stop_at="2028-01-01T09:00", pause=("20:00",))
    state = made(daily, Policy(needs_approval=True))
    looked_at: list[datetime] = []

    def counted(local: datetime, clock: ZoneInfo) -> LocalTime:
        looked_at.append(local)
        return instants_of(local, clock)

    monkeypatch.setattr("domain.campaign.schedule.instants_of", counted)
    assert follow_schedule(state, BEGUN + timedelta(days=400)) == []
    assert {one.date().isoformat() for one in looked_at} == {"2028-01-01"}
