import asyncio
from collections import Counter, defaultdict

from tests.entrypoints.sandbox.receiver import Receiver, receiving
from tests.entrypoints.sandbox.stage import Stage, play, staged, until


def acknowledged(stage: Stage) -> int:
    deliveries = stage.sandbox.summary()["deliveries"]
    assert isinstance(deliveries, dict)
    return int(deliveries["acknowledged"])


def with_receiver(
    *statuses: int, calls: int = 1, deliveries: int, **settings: object
) -> tuple[Receiver, list[dict[str, object]]]:
    """Place calls and wait for so many acknowledged deliveries; what was received, and the delivery lines."""

    async def run() -> tuple[Receiver, list[dict[str, object]]]:
        async with receiving(*statuses) as receiver, staged(webhook_url=receiver.url, **settings) as stage:
            for nth in range(calls):
                await stage.post(f"+1555123{nth:04d}")
            await until(lambda: acknowledged(stage) >= deliveries)
            await stage.ended(calls)
            return receiver, stage.sandbox.log.lines("delivery")

    return asyncio.run(run())


def test_a_webhook_is_retried_byte_for_byte_until_it_is_acknowledged() -> None:
    async def scene(stage: Stage) -> None:
        async with receiving(500, 0, 302) as receiver:
            stage.sandbox.update(webhook_url=receiver.url)
            call_id = (await stage.post()).json()["id"]
            await until(lambda: acknowledged(stage) == 1)
            stage.sandbox.hang_up(call_id)
            await until(lambda: acknowledged(stage) == 2)
        assert receiver.events() == ["call.created"] * 4 + ["call.canceled"]
        assert len({webhook.raw_body for webhook in receiver.received[:4]}) == 1
        created = stage.sandbox.log.lines("delivery")[:4]
        assert [(line["try"], line["status"]) for line in created] == [(1, 500), (2, None), (3, 302), (4, 204)]
        assert [line["error"] is None for line in created] == [True, False, True, True]

    play(scene, retry_seconds=0.02, ring_seconds="60")


def test_retries_go_on_while_the_receiver_is_down_and_succeed_when_it_is_back() -> None:
    async def scene(stage: Stage) -> None:
        async with receiving() as first:
            stage.sandbox.update(webhook_url=first.url)
        await stage.post()
        await until(lambda: sum(line["status"] is None for line in stage.sandbox.log.lines("delivery")) >= 5)
        async with receiving(port=int(first.url.split(":")[2].split("/")[0])) as second:
            await until(lambda: acknowledged(stage) == 3)
            assert sorted(map(str, second.events())) == ["call.answered", "call.completed", "call.created"]

    play(scene, retry_seconds=0.02, retry_max_seconds=0.05)


def test_a_webhook_is_given_up_at_its_deadline() -> None:
    async def scene(stage: Stage) -> None:
        await stage.post()
        await until(
            lambda: (
                stage.sandbox.summary()["deliveries"]
                == {"tries": 3, "acknowledged": 0, "pending": 0, "dropped": 0, "given_up": 3, "not_sent": 0}
            )
        )

    play(scene, webhook_url="http://127.0.0.1:9/", retry_deadline_seconds=0)


def test_duplicates_are_the_same_bytes() -> None:
    receiver, lines = with_receiver(deliveries=6, duplicate_rate=1.0)
    copies = Counter(webhook.raw_body for webhook in receiver.received)
    assert len(copies) == 3
    assert {line["reason"] for line in lines} == {"event", "duplicate"}
    assert len({line["body_sha256"] for line in lines}) == 3


def test_a_changed_body_keeps_its_event_key() -> None:
    receiver, lines = with_receiver(calls=6, deliveries=24, changed_body_rate=1.0)
    created = [webhook for webhook in receiver.received if webhook.event == "call.created"]
    assert (
        len({webhook.raw_body for webhook in created}),
        len({str(webhook.body["data"]) for webhook in created}),
    ) == (12, 6)
    assert Counter(line["reason"] for line in lines) == {"event": 18, "changed_body": 6}
    assert {"platform_retry" in webhook.body for webhook in created} == {True, False}


def test_dropped_webhooks_are_never_sent() -> None:
    async def scene(stage: Stage) -> None:
        async with receiving() as receiver:
            stage.sandbox.update(webhook_url=receiver.url)
            await stage.post()
            await stage.ended()
            assert receiver.received == []
            lines = stage.sandbox.log.lines("delivery")
            assert [(line["try"], line["error"]) for line in lines] == [(0, "dropped by drop_rate")] * 3

    play(scene, drop_rate=1.0)


def test_only_the_events_that_are_named_are_dropped() -> None:
    receiver, lines = with_receiver(deliveries=2, drop_rate=1.0, drop_events="call.completed,call.failed")
    assert set(receiver.events()) == {"call.created", "call.answered"}
    assert [(line["event"], line["error"]) for line in lines if line["try"] == 0] == [
        ("call.completed", "dropped by drop_rate")
    ]


def test_delayed_webhooks_come_late() -> None:
    async def scene(stage: Stage) -> None:
        async with receiving() as receiver:
            stage.sandbox.update(webhook_url=receiver.url)
            await stage.post()
            await until(lambda: acknowledged(stage) == 3)
            late = [int(str(line["monotonic_ns"])) for line in stage.sandbox.log.lines("delivery")]
            posted = int(str(stage.sandbox.log.lines("arrived")[0]["monotonic_ns"]))
            assert min(late) - posted >= 400_000_000

    play(scene, delay_rate=1.0, delay_seconds="0.4:0.6")


def test_shuffled_webhooks_arrive_out_of_order() -> None:
    receiver, _ = with_receiver(calls=4, deliveries=12, shuffle_rate=1.0, shuffle_seconds=0.5)
    order: defaultdict[str, list[str]] = defaultdict(list)
    for webhook in receiver.received:
        call = webhook.body["call"]
        assert isinstance(call, dict)
        order[call["to"]].append(str(webhook.event))
    in_order = ["call.created", "call.answered", "call.completed"]
    assert [sorted(events) for events in order.values()] == [sorted(in_order)] * 4
    assert any(events != in_order for events in order.values())


def test_an_early_webhook_comes_before_the_answer() -> None:
    async def scene(stage: Stage) -> None:
        async with receiving() as receiver:
            stage.sandbox.update(webhook_url=receiver.url)
            response = await stage.post()
            assert (response.status_code, receiver.events()[:1]) == (201, ["call.created"])
            await stage.ended()
            await until(lambda: len(receiver.received) == 3)
            assert sorted(map(str, receiver.events())) == ["call.answered", "call.completed", "call.created"]

    play(scene, early_webhook_rate=1.0)


def test_without_trouble_the_answer_comes_before_the_webhook() -> None:
    async def scene(stage: Stage) -> None:
        async with receiving() as receiver:
            stage.sandbox.update(webhook_url=receiver.url)
            await stage.post()
            await until(lambda: len(stage.sandbox.log.lines("delivery")) == 3)
            kinds = [line["kind"] for line in stage.sandbox.log.lines()]
            assert kinds == ["arrived", "request", "delivery", "delivery", "delivery"]

    play(scene)
