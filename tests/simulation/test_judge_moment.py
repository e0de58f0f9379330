"""The judge on the moment at which a request leaves."""

from pathlib import Path

import pytest

from tests.simulation.made_days import OPEN, MadeDay, plan

EVENING = 8 * 3_600  # 20:00, at which the hours close


def test_a_request_after_hours_though_the_attempt_was_begun_within_them(tmp_path: Path) -> None:
    for left, broken in ((EVENING - 0.5, set[str]()), (EVENING + 0.5, {"hours"})):
        day = MadeDay()
        day.now = EVENING - 1
        body = day.begin()
        day.now = left
        day.send(body)
        assert day.judged(tmp_path) == broken


def test_hours_are_those_of_the_person_s_own_zone(tmp_path: Path) -> None:
    day = MadeDay(zone="America/New_York")
    day.now = EVENING
    day.call()
    assert day.judged(tmp_path) == set()

    day = MadeDay(zone="America/Los_Angeles")  # 04:00
    day.call()
    assert day.judged(tmp_path) == {"hours"}


def test_hours_past_midnight_are_the_day_s_before(tmp_path: Path) -> None:
    day = MadeDay(plan(hours={"sunday": [{"opens": 20 * 60, "closes": 13 * 60}]}))
    day.call()
    assert day.judged(tmp_path) == set()


@pytest.mark.parametrize(
    "policy",
    [
        {"excluded_dates": ["2026-03-02"]},
        {"starts_at": "2026-03-02T12:00:11Z"},
        {"ends_at": "2026-03-02T12:00:09Z"},
        {"hours": {"tuesday": OPEN["monday"]}},
    ],
)
def test_dates_and_the_campaign_s_own_time(tmp_path: Path, policy: dict[str, object]) -> None:
    day = MadeDay(plan(**policy))
    day.call()

    assert day.judged(tmp_path) == {"hours"}


def test_dialtrail_goes_by_its_own_clock(tmp_path: Path) -> None:
    day = MadeDay()
    day.log("clock", wrong_by_seconds=EVENING)
    day.offset = EVENING
    day.call()

    assert day.judged(tmp_path) == {"hours"}


@pytest.mark.parametrize(
    ("stream", "event", "body"),
    [
        ("recipient:1", "recipient.suppressed", {"source": "operator", "expires_at": None}),
        ("recipient:1", "recipient.withdrawn", {"campaign_id": "spring"}),
        ("campaign:spring", "campaign.paused", {"cause": "operator"}),
        ("campaign:spring", "campaign.canceled", {}),
        ("account:f", "account.paused", {"cause": "provider"}),
        ("account:f", "destination.held", {"prefix": "+1555"}),
    ],
)
def test_what_came_between_the_attempt_and_its_request(
    tmp_path: Path, stream: str, event: str, body: dict[str, object]
) -> None:
    for order, broken in (("tell, send", {"standing"}), ("send, tell", set[str]())):
        day = MadeDay()
        request = day.begin()
        for what in order.split(", "):
            day.now += 0.2
            if what == "tell":
                day.tell(stream, event, **body)
            else:
                day.send(request)
        assert day.judged(tmp_path) == broken


def test_what_is_lifted_again_keeps_nobody(tmp_path: Path) -> None:
    day = MadeDay()
    day.tell("recipient:1", "recipient.suppressed", source="operator", expires_at="2026-03-02T12:00:05Z")
    day.tell("account:f", "account.paused", cause="operator")
    day.tell("account:f", "account.resumed")
    day.tell("account:f", "destination.held", prefix="+1555")
    day.tell("account:f", "destination.released", prefix="+1555")
    day.call()

    assert day.judged(tmp_path) == set()


def test_a_probe_may_try_what_the_provider_paused_and_nothing_else(tmp_path: Path) -> None:
    for cause, broken in (("provider", set[str]()), ("operator", {"standing"})):
        day = MadeDay()
        day.tell("campaign:spring", "campaign.paused", cause=cause)
        day.call(probe=True)
        assert day.judged(tmp_path) == broken


def test_somebody_is_called_who_is_not_enrolled(tmp_path: Path) -> None:
    day = MadeDay()
    day.call(nth=2)

    assert day.judged(tmp_path) == {"standing"}


def test_after_a_restore_somebody_has_to_say_go_on(tmp_path: Path) -> None:
    for noticed, resumed, broken in (
        (True, True, set[str]()),
        (True, False, {"restored"}),
        (False, True, {"restored"}),
    ):
        day = MadeDay(people=2)
        backup = list(day.feed)
        day.call()
        day.end_call()
        before, day.feed = day.feed, backup
        day.log("restore", k=1)
        if noticed:
            day.tell("ledger:", "ledger.restored", why="events_missing")
            day.tell("account:f", "account.paused", cause="restored")
        if resumed:
            day.tell("account:f", "account.resumed")
        day.call(nth=2, attempt="a2", call="c2", epoch="two")
        assert day.judged(tmp_path, feed_before_restore_1=before) - {"standing"} == broken


def test_a_dialer_that_goes_on_after_another_began(tmp_path: Path) -> None:
    for epochs, broken in (("one two three", set[str]()), ("one two one", {"epochs"})):
        day = MadeDay(people=3)
        for nth, epoch in enumerate(epochs.split(), start=1):
            day.now += 2
            day.call(nth, f"a{nth}", f"c{nth}", epoch=epoch)
            day.end_call(f"c{nth}")
        assert day.judged(tmp_path) == broken
