import asyncio
from collections import Counter

import pytest

from entrypoints.sandbox import SandboxSettings
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.lives import plan_life
from entrypoints.sandbox.span import Span
from tests.entrypoints.sandbox.stage import Stage, play, until

NUMBERS = [f"+1555123{nth:04d}" for nth in range(30)]
MIXED: dict[str, object] = {"answer_rate": 0.6, "gather_rate": 0.5, "ring_seconds": "0.01:0.05"}


def days_play(numbers: list[str], seed: int) -> dict[tuple[str, int], list[str]]:
    played: dict[tuple[str, int], list[str]] = {}

    async def scene(stage: Stage) -> None:
        await asyncio.gather(*(stage.post(number) for number in numbers))
        await stage.ended(len(numbers))
        played.update({(call.to_number, call.nth): call.events for call in stage.sandbox.calls})

    play(scene, **MIXED, seed=seed)
    return played


def test_the_same_seed_plays_the_same_day_in_any_order() -> None:
    day = days_play([*NUMBERS, *NUMBERS], seed=7)
    assert len(day) == 60
    assert days_play([*reversed(NUMBERS), *NUMBERS], seed=7) == day
    assert days_play([*NUMBERS, *NUMBERS], seed=8) != day


def test_every_outcome_happens_in_about_its_share() -> None:
    settings, chance = SandboxSettings(answer_rate=0.6), Chance(3)
    lives = [plan_life(chance, settings, ("api", f"+1555{nth}", 1), record=True) for nth in range(4_000)]
    outcomes = Counter(
        (any(step.event == "call.answered" for step in steps), terminal)
        for steps in lives
        for terminal in [next(s.event for s in steps if s.event in {"call.completed", "call.failed", "call.canceled"})]
    )
    shares = {outcome: round(count / 4_000, 1) for outcome, count in outcomes.items()}
    assert shares == {
        (True, "call.completed"): 0.6,
        (False, "call.completed"): 0.2,
        (False, "call.failed"): 0.1,
        (False, "call.canceled"): 0.1,
    }
    gathers = Counter(sum(step.event == "call.gathered" for step in steps) for steps in lives)
    assert set(gathers) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("rates", "ending"),
    [
        ({"busy_rate": 1.0, "canceled_rate": 0.0}, "call.failed"),
        ({"busy_rate": 1.0, "canceled_rate": 1.0}, "call.canceled"),
        ({"busy_rate": 0.0, "canceled_rate": 0.0}, "call.completed"),
    ],
)
def test_what_becomes_of_calls_that_nobody_answers_is_a_choice(rates: dict[str, float], ending: str) -> None:
    settings = SandboxSettings.model_validate({"answer_rate": 0, **rates})
    lives = [plan_life(Chance(3), settings, ("api", f"+1555{nth}", 1), record=True) for nth in range(100)]
    assert {steps[-1].event for steps in lives} == {ending}


def test_a_life_ends_with_the_call_and_a_recording_after_it() -> None:
    settings = SandboxSettings(answer_rate=1, gather_rate=0, ring_seconds=Span(1, 1), talk_seconds=Span(2, 2))
    steps = plan_life(Chance(1), settings, ("api", "+15551230002", 1), record=True)
    assert [(round(step.after_seconds, 2), step.event) for step in steps] == [
        (0.03, "call.created"),
        (1.03, "call.answered"),
        (1.05, "recording.started"),
        (3.03, "call.completed"),
    ]


@pytest.mark.parametrize(
    ("answered", "expected"), [(False, ["call.canceled"]), (True, ["call.completed", "recording.completed"])]
)
def test_a_call_can_be_hung_up_through_the_control_route(answered: bool, expected: list[str]) -> None:
    async def scene(stage: Stage) -> None:
        call_id = (await stage.post(record=True)).json()["id"]
        call = stage.sandbox.calls[0]
        if answered:
            await until(lambda: "recording.started" in call.events)
        response = await stage.client.post(f"/_sandbox/calls/{call_id}/hangup")
        assert (response.status_code, response.json()["hung_up"]) == (200, True)
        await stage.ended()
        assert call.events[-len(expected) :] == expected
        again = await stage.client.post(f"/_sandbox/calls/{call_id}/hangup")
        assert again.json()["hung_up"] is False

    play(scene, ring_seconds="0.02" if answered else "60", talk_seconds="60")


def test_calls_of_others_have_webhooks_and_costs_and_inbound_ones_cost_nothing() -> None:
    async def scene(stage: Stage) -> None:
        await stage.ended(10)
        assert {call.origin.value for call in stage.sandbox.calls} == {"foreign", "inbound"}
        assert {call.direction for call in stage.sandbox.calls if call.origin == "inbound"} == {"inbound"}
        assert {call.cost > 0 for call in stage.sandbox.calls if call.ended_at and call.origin == "foreign"} == {True}
        assert {call.cost > 0 for call in stage.sandbox.calls if call.origin == "inbound"} == {False}
        assert {line["event"] for line in stage.sandbox.log.lines("delivery")} >= {"call.created", "call.completed"}
        assert stage.sandbox.summary()["posts"] == 0

    play(scene, foreign_calls_per_minute=3_000, inbound_calls_per_minute=3_000)


def test_a_call_that_is_hung_up_at_once_was_created_all_the_same() -> None:
    async def scene(stage: Stage) -> None:
        stage.sandbox.hang_up((await stage.post()).json()["id"])
        assert stage.sandbox.calls[0].events == ["call.created", "call.canceled"]

    play(scene, ring_seconds="60")
