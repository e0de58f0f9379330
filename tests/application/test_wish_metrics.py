"""What the metrics say of wished calls, of those who ring back, and of campaigns' clocks."""

from datetime import UTC, datetime, timedelta

from msgspec import UNSET, Raw
from msgspec.structs import replace

from application.metrics import Metrics
from application.wish_metrics import ScheduleMetrics
from domain.call import CallCameIn
from domain.campaign import CampaignState, Schedule
from domain.events import Event
from domain.recipient import RecipientCallbackDropped, RecipientCallbackSet, RecipientSuppressed
from tests.application.metrics.scraping import of, read
from tests.domain.given import SPRING, at, campaign_after, started
from tests.projections.recording import recorded

NOW = datetime(2026, 5, 29, 12, tzinfo=UTC)
CLOCK = Schedule(zone="UTC", stop_at="2026-06-30T12:00", pause=("20:00",), resume=("08:00",))


def test_what_is_recorded_of_wishes_and_of_who_rings_back_is_counted() -> None:
    metrics = Metrics()
    wish = RecipientCallbackSet(campaign_id=SPRING, at=at(1), give_up_at=at(2), source="operator")
    events: list[Event] = [
        wish,
        wish,
        RecipientCallbackDropped(campaign_id=SPRING, at=at(1), why="operator"),
        replace(started(), verdict=Raw(b'{"callback_at":"2026-05-29T12:00:00Z"}')),
        replace(started(), verdict=Raw(b'{"callback_at":null}')),
        CallCameIn(attempt_id="a1", campaign_id=SPRING, recipient="recipient:ada"),
        RecipientSuppressed(number="+15551230002", source="keypress", reason="in call c1"),
        RecipientSuppressed(number="+15551230002", source="letter"),
    ]
    metrics.recorded([recorded(place, "recipient:ada", event) for place, event in enumerate(events, start=1)])
    values = read(metrics.text().decode())
    assert of(values, "dialtrail_callbacks_total") == {("wished",): 2, ("kept",): 1, ("given_up",): 1}
    assert of(values, "dialtrail_calls_in_total") == of(values, "dialtrail_opt_outs_by_key_total") == {(): 1}
    assert of(values, "dialtrail_callbacks_open") == {}
    metrics.wishes.callbacks_seen(7, 2)
    values = read(metrics.text().decode())
    assert of(values, "dialtrail_callbacks_open") == {(): 7}
    assert of(values, "dialtrail_callbacks_overdue") == {(): 2}


def campaign(schedule: Schedule | None, **more: object) -> CampaignState:
    one = campaign_after()
    return replace(one, plan=replace(one.plan, schedule=UNSET if schedule is None else schedule), **more)


def test_the_next_act_of_all_schedules_is_shown_for_each_kind() -> None:
    now = [NOW]
    campaigns = {
        "one": campaign(CLOCK),
        "early": campaign(Schedule(zone="UTC", pause=("13:00",))),
        "over": campaign(Schedule(zone="UTC", pause=("12:30",)), phase="canceled"),
        "none": campaign(None),
    }
    metrics = Metrics()
    metrics.add(ScheduleMetrics(campaigns, lambda: now[0]).collect)

    def hours() -> dict[tuple[str, ...], float]:
        found = of(read(metrics.text().decode()), "dialtrail_schedule_next_seconds")
        return {act: seconds / 3_600 for act, seconds in found.items()}

    assert hours() == {("pause",): 1}
    now[0] += timedelta(hours=2)
    assert hours() == {("pause",): 6}
    campaigns["early"] = campaign(Schedule(zone="UTC", start_at="2026-05-29T15:00"))
    assert hours() == {("pause",): 6, ("start",): 1}
