"""Alerts as deliveries: in no event, and yet at least once, in order, under the same id."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from adapters.outbox_rows import Letter
from application.subscriptions import alert_letters
from application.subscriptions.alert_letters import alert_letter
from domain.alerting import Alert, AlertChange, Condition
from domain.subscription import ALERTS, OUTCOME_CHANGED, Wanted
from entrypoints.http.told import write_body
from tests.adapters.ledger.stage import BY
from tests.application.subscriptions.stage import Stage, subscriber
from tests.application.subscriptions.test_service import ONE

NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
SPRING = Condition(
    key="budget:spring", need="budget", campaign_id="spring", since=None, says="80 % is used", what_to_do="look"
)
ALL = replace(SPRING, key="account", need="account", campaign_id=None, says="no balance")
BOTH = Wanted(url="https://crm.example.org", events=ALERTS)


def raised(condition: Condition = SPRING) -> AlertChange:
    return AlertChange("raised", Alert(condition=condition, seen_at=NOON, raised_at=NOON + timedelta(minutes=1)))


def over(condition: Condition = SPRING) -> AlertChange:
    return AlertChange("over", replace(raised(condition).alert, over_at=NOON + timedelta(hours=1)))


def letter(change: AlertChange, wanted: Wanted = BOTH, nth: int = 0) -> Letter | None:
    return alert_letter(change, wanted, write_body, 7, nth)


@pytest.mark.parametrize(
    ("change", "wanted", "is_told"),
    [
        (raised(), BOTH, True),
        (over(), BOTH, True),
        (raised(), replace(BOTH, events=("alert.over", OUTCOME_CHANGED)), False),
        (over(), replace(BOTH, events=("alert.over",)), True),
        (raised(), replace(BOTH, campaigns=("spring", "autumn")), True),
        (raised(), replace(BOTH, campaigns=("autumn",)), False),
        (raised(ALL), replace(BOTH, campaigns=("autumn",)), True),
        (raised(ALL), replace(BOTH, campaigns=()), True),
    ],
)
def test_those_are_told_that_ask_for_it_and_for_its_campaign(
    change: AlertChange, wanted: Wanted, is_told: bool
) -> None:
    assert (letter(change, wanted) is not None) == is_told


def test_its_id_is_the_alerts_whenever_it_is_told_and_each_alert_has_its_lane() -> None:
    first, again, end, other = letter(raised()), letter(raised(), nth=3), letter(over()), letter(raised(ALL), nth=1)
    assert first is not None
    assert again is not None
    assert end is not None
    assert other is not None
    later = replace(raised().alert, raised_at=NOON + timedelta(hours=2))  # raised anew by a process that forgot
    told_anew = letter(AlertChange("raised", later))
    assert told_anew is not None
    assert first.event_id == again.event_id == told_anew.event_id
    assert len({first.event_id, end.event_id, other.event_id}) == 3
    assert first.lane == end.lane != other.lane
    assert len({first.key, again.key, end.key, other.key}) == 4
    assert first.key < end.key


def test_it_is_tried_again_in_order_and_told_by_no_replay(stage: Stage) -> None:
    async def scene() -> None:
        status = 500
        async with subscriber(lambda _: status) as crm:
            async with stage.running() as running:
                await running.subscribe(crm.url, events=(*ALERTS, "recipient.enrolled"))
                await running.service.tell_alerts([raised(), raised(ALL)])
                await running.until(lambda: len(crm.came) == 2)
                await running.service.tell_alerts([over()])
                await running.until(lambda: running.service.outbox.counts("crm") == (3, 0))
                await running.asking.replay("crm", 0)
                assert running.service.outbox.counts("crm") == (3, 0)
            async with stage.running() as running:  # also in a new process
                status = 204
                stage.clock.now += timedelta(seconds=10)
                await running.until(lambda: len(crm.taken) == 3 and running.service.outbox.counts("crm") == (0, 0))
                kinds = [one.said["type"] for one in crm.taken if one.said["data"]["key"] == SPRING.key]
                assert kinds == list(ALERTS)
                assert crm.came[0].id in {one.id for one in crm.taken}
                assert all("dialtrail-out-of-order" not in one.headers for one in crm.taken)
                await running.asking.pause("crm", None, BY)
                await running.service.tell_alerts([raised()])
                await running.asking.resume("crm", BY)
                stage.enrol(ONE)
                await running.until(lambda: len(crm.taken) == 5)
                await running.asking.end("crm", BY)
                await running.service.tell_alerts([over()])
                assert running.service.outbox.counts("crm") == (0, 0)

    asyncio.run(scene())


def test_while_it_is_paused_only_so_many_wait_and_what_is_older_is_given_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_letters, "WAITING_MAX", 3)

    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(crm.url, events=ALERTS)
            await running.asking.pause("crm", None, BY)
            for n in range(5):
                await running.service.tell_alerts([raised(replace(SPRING, key=f"budget:{n}"))])
                stage.enrol(ONE, campaign_id=f"c{n}")
            outbox = running.service.outbox
            assert outbox.counts("crm") == (3, 2)
            assert {one.lane for one in outbox.dead("crm")} == {"alert:budget:0", "alert:budget:1"}
            await running.asking.resume("crm", BY)
            await running.until(lambda: len(crm.taken) == 3)

    asyncio.run(scene())
