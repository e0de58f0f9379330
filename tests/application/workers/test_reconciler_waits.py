"""What the reconciler does not do too soon, and not for ever; with a provider that says what it is told to, and moved clocks."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.minivoice_client import CallMissing, LookupFailed
from application.workers import reconciler
from application.workers.reconciler import ANSWERS_MISSING_MAX, LOOKUP_AGAIN_AFTER_MAX, LOOKUPS_FAILED_MAX, Reconciler
from domain.call import CallObserved
from domain.dial_outcome import Unresolved
from domain.recipient import AttemptResolved
from tests.application.commands.test_recipients import campaign
from tests.entrypoints.serving import OTHER, TO, Serving, payload, play

FAILED = LookupFailed(why="it broke off", status=500)
MISSING = CallMissing(call_id="call_1", status=404, body="{}")


class Provider:
    """Gives one answer to every question, and is told what to do meanwhile."""

    def __init__(self, answer: object = FAILED, meanwhile: Callable[[], Any] | None = None) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self._meanwhile = meanwhile

    async def get_call(self, call_id: str) -> object:
        self.asked.append(call_id)
        if self._meanwhile is not None:
            await self._meanwhile()
        return self.answer


def made(stage: Serving, provider: Provider, reconcile_after: timedelta = timedelta(minutes=5)) -> Reconciler:
    parts = stage.parts
    return Reconciler(
        parts.ledger,
        parts.in_flight,
        parts.follower,
        parts.projector,
        parts.reads,
        provider,  # type: ignore[arg-type]
        clock=stage.clock,
        reconcile_after=reconcile_after,
    )


async def caught_up(stage: Serving) -> None:
    while stage.parts.in_flight.position < stage.ledger.position:
        await stage.parts.follower.moved(0.02)


def how(stage: Serving) -> list[str]:
    return [one.event.how for one in stage.feed() if isinstance(one.event, AttemptResolved)]


def observed(stage: Serving) -> list[bool]:
    return [one.event.gave_up for one in stage.feed() if isinstance(one.event, CallObserved)]


def test_of_two_possible_calls_none_is_inferred_however_long_ago_they_were(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        started = await stage.start(TO, "att_1")
        await stage.settle(started, Unresolved(why="no answer"))
        stage.clock.now += timedelta(seconds=1)
        await stage.deliver(payload("call.completed", "call_1", seconds=1))
        stage.clock.now += timedelta(minutes=2)
        await stage.deliver(payload("call.completed", "call_2", seconds=121))
        await caught_up(stage)
        looks = made(stage, Provider())
        for waited in (timedelta(days=1), timedelta(days=30)):
            stage.clock.now += waited
            await looks.tick()
            assert how(stage) == []

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("reconcile_after", "window"),
    [(timedelta(minutes=5), timedelta(minutes=15)), (timedelta(seconds=10), timedelta(seconds=30))],
)
def test_a_guess_waits_until_no_other_call_can_begin_in_its_window(
    tmp_path: Path, reconcile_after: timedelta, window: timedelta
) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        started = await stage.start(TO, "att_1")
        await stage.settle(started, Unresolved(why="no answer"))
        await stage.deliver(payload("call.created", seconds=1))
        await caught_up(stage)
        looks, begun = made(stage, Provider(), reconcile_after), stage.clock.now

        for waited in (timedelta(0), window / 2, window - timedelta(seconds=1)):
            stage.clock.now = begun + waited
            await looks.tick()
            assert how(stage) == []
        stage.clock.now = begun + window + timedelta(seconds=1)
        await looks.tick()
        assert how(stage) == ["inferred"]

    play(tmp_path, scene)


def test_a_second_call_within_the_window_is_no_guess_at_all(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        started = await stage.start(TO, "att_1")
        await stage.settle(started, Unresolved(why="no answer"))
        await stage.deliver(payload("call.created", "call_1", seconds=1))
        await caught_up(stage)
        looks = made(stage, Provider())
        await looks.tick()
        await stage.deliver(payload("call.created", "call_2", seconds=600))
        await caught_up(stage)
        stage.clock.now += timedelta(hours=1)
        await looks.tick()
        assert how(stage) == []

    play(tmp_path, scene)


def test_nothing_is_inferred_while_the_views_do_not_have_all_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[int] = []

    async def behind(position: int, _: float) -> bool:
        waited.append(position)
        return False

    async def scene(stage: Serving) -> None:
        await campaign(stage)
        started = await stage.start(TO, "att_1")
        await stage.settle(started, Unresolved(why="no answer"))
        await stage.deliver(payload("call.created", seconds=1))
        await caught_up(stage)
        looks = made(stage, Provider())
        stage.clock.now += timedelta(hours=1)
        with monkeypatch.context() as patch:
            patch.setattr(stage.parts.projector, "wait_for", behind)
            await looks.tick()
        assert (how(stage), set(waited)) == ([], {stage.ledger.position})
        await looks.tick()
        assert how(stage) == ["inferred"]

    play(tmp_path, scene)


def test_an_echo_of_another_ledgers_attempt_is_forgotten_once_the_views_know_all_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def behind(_: int, __: float) -> bool:
        return False

    async def scene(stage: Serving) -> None:
        await campaign(stage)
        started = await stage.start(TO, "att_1")
        await stage.settle(started, Unresolved(why="no answer"))
        for call_id, attempt_id in (("call_1", "att_1"), ("call_2", "att_elsewhere")):
            said = {"campaign_id": "spring_followup", "attempt_id": attempt_id}
            await stage.deliver(payload("call.created", call_id, metadata=said))
        await caught_up(stage)
        looks, echoing = made(stage, Provider()), stage.parts.in_flight.calls.echoing
        with monkeypatch.context() as patch:
            patch.setattr(stage.parts.projector, "wait_for", behind)
            await looks.tick()
        assert list(echoing["call_2"]) == ["att_elsewhere"]
        await looks.tick()
        await caught_up(stage)
        assert (how(stage), echoing) == (["metadata"], {})

    play(tmp_path, scene)


async def ask_again(stage: Serving, looks: Reconciler, times: int) -> None:
    """So many questions, each when it is due."""
    for _ in range(times):
        stage.clock.now += LOOKUP_AGAIN_AFTER_MAX
        await looks.tick()
        await caught_up(stage)


def test_a_look_up_that_fails_is_no_word_that_there_is_no_such_call(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await stage.dial(TO, "call_1")
        await caught_up(stage)
        provider = Provider()
        looks = made(stage, provider)
        await ask_again(stage, looks, LOOKUPS_FAILED_MAX - 1)
        assert (len(provider.asked), observed(stage)) == (LOOKUPS_FAILED_MAX - 1, [])

        provider.answer = MISSING
        await ask_again(stage, looks, ANSWERS_MISSING_MAX - 1)
        assert observed(stage) == [False]
        await ask_again(stage, looks, 1)
        assert observed(stage) == [False, True]

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "answer", [FAILED, LookupFailed(why="time-out"), LookupFailed(why="no", status=401, body="{}")]
)
def test_look_ups_that_always_fail_keep_no_campaign_open_for_ever(tmp_path: Path, answer: LookupFailed) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await stage.dial(TO, "call_1")
        await caught_up(stage)
        provider = Provider(answer)
        looks = made(stage, provider)
        await ask_again(stage, looks, LOOKUPS_FAILED_MAX + 3)

        assert (len(provider.asked), observed(stage)) == (LOOKUPS_FAILED_MAX, [True])
        assert not stage.parts.in_flight.attempts.is_anything_open("spring_followup", stage.clock.now)
        await stage.deliver(payload("call.completed", seconds=30))
        told = await stage.json(f"/v1/campaigns/spring_followup/recipients/{TO}")
        assert told["status"] == "not_reached"

    play(tmp_path, scene)


def test_an_echo_is_heeded_while_many_calls_are_still_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "LOOKUPS_BETWEEN_MATCHES_MAX", 2)
    asked_when_matched: list[int] = []

    async def scene(stage: Serving) -> None:
        await campaign(stage)
        for number in range(8):
            await stage.deliver(payload("call.created", f"call_{number}", to=OTHER))
        started = await stage.start(TO, "att_1")
        await stage.settle(started, Unresolved(why="no answer"))
        await caught_up(stage)

        async def tell() -> None:
            if len(provider.asked) == 1:
                said = {"campaign_id": "spring_followup", "attempt_id": "att_1"}
                await stage.deliver(payload("call.created", "call_own", metadata=said))
                await caught_up(stage)
            if how(stage) and not asked_when_matched:
                asked_when_matched.append(len(provider.asked))

        provider = Provider(meanwhile=tell)
        looks = made(stage, provider)
        stage.clock.now += timedelta(minutes=6)
        await looks.tick()
        assert how(stage) == ["metadata"]
        assert asked_when_matched == [3]

    play(tmp_path, scene)
