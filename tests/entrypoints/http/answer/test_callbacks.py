"""A digit that wishes a callback, from the question to the recipient's next attempt."""

from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any, Literal

import pytest

from application.commands import resolving
from application.commands.attempts import StartedAttempt
from application.commands.callbacks import wish_callback
from application.commands.calls import serve_answer
from domain.call import AnswerServed
from domain.dial_outcome import Unresolved
from domain.recipient import RecipientCallbackDropped, RecipientCallbackSet, Resolution, Wish
from tests.entrypoints.http.answer.asking import SCRIPT, answers, ask, press, recorded, redirect_of
from tests.entrypoints.http.ringing import called, pressed, ringing
from tests.entrypoints.serving import FROM, NOON, OTHER, SPRING, TO, Serving, accepted, payload, play

MENU = {**SCRIPT["steps"]["menu"], "callback": {"1": "2h"}}
LATER: dict[str, Any] = {**SCRIPT, "steps": {**SCRIPT["steps"], "menu": MENU}}
PRESSED_AT = NOON + timedelta(seconds=5)
HOURS = timedelta(hours=2)
ASKED = AnswerServed(
    occurred_at=NOON,
    step="menu",
    request="{}",
    actions="{}",
    duration_ms=1.0,
    walk="w",
    found_by="call_id",
    questions_before=0,
    callbacks={"1": 7_200},
)


async def campaign(stage: Serving, attempts_max: int = 3, **more: str) -> None:
    policy = {"attempts_max": attempts_max, "callback_grace_seconds": 3_600, **more}
    made = {**SPRING, "script": LATER, "policy": policy}
    created = await stage.client.post("/v1/campaigns", json=made)
    assert created.status_code == 201, created.text
    await stage.client.post(
        "/v1/campaigns/spring_followup/recipients", json={"recipients": [{"number": TO, "variables": {"name": "Ada"}}]}
    )
    await stage.client.post("/v1/campaigns/spring_followup/start")


def wishes(stage: Serving) -> list[RecipientCallbackSet | RecipientCallbackDropped]:
    events = (one.event for one in stage.feed())
    return [one for one in events if isinstance(one, RecipientCallbackSet | RecipientCallbackDropped)]


def wish() -> RecipientCallbackSet:
    return RecipientCallbackSet(
        campaign_id="spring_followup",
        at=PRESSED_AT + HOURS,
        give_up_at=PRESSED_AT + HOURS + timedelta(hours=1),
        source="keypress",
        said="in call call_1",
        said_at=PRESSED_AT,
    )


def test_who_presses_the_digit_is_called_again_then_and_their_page_of_the_api_says_so(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await stage.dial(TO, "call_1")
        asking = await ask(stage)
        await recorded(stage)
        await press(stage, "1")
        await ask(stage, redirect_of(asking))
        await stage.deliver(payload("call.completed", seconds=20))

        assert wishes(stage) == [wish()]
        await stage.deliver(
            payload("call.gathered", seconds=5, data={"digits": "1", "timed_out": False, "status": "completed"})
        )
        assert wishes(stage) == [wish()]
        told = await stage.json(f"/v1/campaigns/spring_followup/recipients/{TO}")
        assert (told["callback"]["source"], told["callback"]["at"]) == ("keypress", "2026-05-29T14:00:05.000000Z")

    play(tmp_path, scene)


def test_other_digits_wish_nothing(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await stage.dial(TO, "call_1")
        await ask(stage)
        await recorded(stage)
        await press(stage, "2")
        assert wishes(stage) == []

    play(tmp_path, scene)


def test_who_may_not_be_called_any_more_has_the_wish_given_up_visibly(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, attempts_max=1)
        await stage.dial(TO, "call_1")
        await ask(stage)
        await recorded(stage)
        await press(stage, "1")
        given_up = RecipientCallbackDropped(
            campaign_id="spring_followup", at=PRESSED_AT + HOURS, why="attempts_used_up"
        )
        assert wishes(stage) == [wish(), given_up]
        await stage.deliver(payload("call.completed", seconds=20))
        assert wishes(stage) == [wish(), given_up]

    play(tmp_path, scene)


@pytest.mark.parametrize(("seconds", "is_given_up"), [(0, True), (-60, True), (1, False)])
def test_a_wish_for_after_the_campaigns_end_is_given_up_visibly(
    tmp_path: Path, seconds: int, is_given_up: bool
) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, ends_at=(PRESSED_AT + HOURS + timedelta(seconds=seconds)).isoformat())
        await stage.dial(TO, "call_1")
        await ask(stage)
        await recorded(stage)
        await press(stage, "1")
        given_up = RecipientCallbackDropped(campaign_id="spring_followup", at=PRESSED_AT + HOURS, why="campaign_over")
        assert wishes(stage) == ([wish(), given_up] if is_given_up else [wish()])

    play(tmp_path, scene)


@pytest.mark.parametrize("order", list(permutations(["asked", "pressed", "claimed", "completed"])))
def test_the_question_the_keys_the_claim_and_the_end_may_become_known_in_any_order(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        started = await stage.start(TO, "att_1")
        for what in order:
            match what:
                case "asked":
                    await stage.do(serve_answer("call_1", ASKED), "answers")
                case "pressed":
                    await press(stage, "1")
                case "claimed":
                    await stage.settle(started, accepted("call_1", TO))
                case _:
                    await stage.deliver(payload("call.completed", seconds=20))
        assert wishes(stage) == [wish()]

    play(tmp_path, scene)


@pytest.mark.parametrize("how", ["metadata", "person", "response"])
def test_a_wish_goes_with_its_call_to_whose_it_turns_out_to_be(
    tmp_path: Path, how: Resolution | Literal["response"]
) -> None:
    async def scene(stage: Serving) -> None:
        taken_for, really = await two_in_doubt(stage)
        await stage.do(resolving.match_attempt(taken_for.stream, "att_1", "call_1", "inferred", "reconciler"))
        await stage.do(serve_answer("call_1", ASKED), "answers")
        await press(stage, "1")
        assert wishes(stage) == [wish()]
        if how == "response":
            await stage.settle(really, accepted("call_1", OTHER))
        else:
            await stage.do(resolving.match_attempt(really.stream, "att_2", "call_1", how, "somebody"))

        another = RecipientCallbackDropped(campaign_id="spring_followup", at=PRESSED_AT + HOURS, why="call_is_anothers")
        told = [(one.stream, one.event) for one in stage.feed() if one.name.startswith("recipient.callback_")]
        assert told[1:] == [(taken_for.stream, another), (really.stream, wish())]

    play(tmp_path, scene)


def test_what_was_wished_since_by_other_means_stays_where_the_call_goes_to_another(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        taken_for, really = await two_in_doubt(stage)
        await stage.do(resolving.match_attempt(taken_for.stream, "att_1", "call_1", "inferred", "reconciler"))
        await stage.do(serve_answer("call_1", ASKED), "answers")
        await press(stage, "1")
        later = Wish(at=NOON + 5 * HOURS, source="operator")
        await stage.do(wish_callback("spring_followup", [taken_for.stream], later))
        await stage.settle(really, accepted("call_1", OTHER))
        assert not any(isinstance(one, RecipientCallbackDropped) for one in wishes(stage))

    play(tmp_path, scene)


def test_a_wish_stays_where_better_evidence_names_the_same_person(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        taken_for, _ = await two_in_doubt(stage)
        await stage.do(resolving.match_attempt(taken_for.stream, "att_1", "call_1", "inferred", "reconciler"))
        await stage.do(serve_answer("call_1", ASKED), "answers")
        await press(stage, "1")
        await stage.settle(taken_for, accepted("call_1", TO))
        assert wishes(stage) == [wish()]

    play(tmp_path, scene)


async def two_in_doubt(stage: Serving) -> tuple[StartedAttempt, StartedAttempt]:
    """Attempts to `TO` and to `OTHER`, of which nobody knows what became."""
    await campaign(stage)
    await stage.client.post(
        "/v1/campaigns/spring_followup/recipients",
        json={"recipients": [{"number": OTHER, "variables": {"name": "Bob"}}]},
    )
    started = await stage.start(TO, "att_1"), await stage.start(OTHER, "att_2")
    for one in started:
        await stage.settle(one, Unresolved(why="no answer"))
    return started


def test_a_script_without_callbacks_is_recorded_as_before(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        await ask(stage)
        await recorded(stage)
        assert [(one.questions_before, one.callbacks) for one in answers(stage)] == [(None, None)]

    play(tmp_path, scene)


def test_who_rings_back_may_wish_one_too(tmp_path: Path) -> None:
    menu = {"gather": {"prompt": "Press 1: we call in two hours."}, "on": {"1": "bye"}, "no_input": "bye"}
    steps = {"menu": {**menu, "callback": {"1": "2h"}}, "bye": {"actions": [{"say": "Goodbye."}], "end": True}}

    async def scene(stage: Serving) -> None:
        await called(stage, inbound_script={"start": "menu", "steps": steps})
        await stage.deliver(ringing("call.created"))
        await ask(stage, "/answer", json={"call_id": "in_1", "from": TO, "to": FROM})
        await recorded(stage)
        await stage.deliver(pressed("1"))
        first, *_ = wishes(stage)
        assert isinstance(first, RecipientCallbackSet)
        assert (first.source, first.said) == ("keypress", "in call in_1")

    play(tmp_path, scene)
