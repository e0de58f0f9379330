"""What is read of the views over HTTP: the same on every database at every moment of the past, after a restart and made anew."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger.transaction import Transaction
from application.commands import resolving
from application.commands.attempts import StartedAttempt
from application.commands.known_person import KnownPerson
from domain import account
from domain.dial_outcome import Abandoned, DialOutcome, Refused, Unresolved
from domain.identity import account_stream
from domain.instants import time_text
from domain.recipient import RecipientWithdrawn
from tests.adapters.ledger.postgres_server import Server
from tests.entrypoints.serving import (
    FINGERPRINT,
    NOON,
    OTHER,
    TO,
    WAIT_SECONDS_MAX,
    Serving,
    accepted,
    payload,
    play,
    problem,
    until,
)
from tests.examples import are_all_tried

THIRD, FOURTH, FIFTH = "+15551230004", "+15551230005", "+493012345678"
READS = (
    "/v1/campaigns",
    "/v1/campaigns?limit=1",
    "/v1/campaigns/spring_followup",
    "/v1/campaigns/summer",
    "/v1/campaigns/spring_followup/recipients",
    "/v1/campaigns/spring_followup/recipients?limit=2",
    *(
        f"/v1/campaigns/{campaign}/recipients?status={status}"
        for campaign in ("spring_followup", "summer")
        for status in ("queued", "held", "suppressed", "dialing", "reached", "not_reached", "unresolved", "withdrawn")
    ),
)
# All moments of the past are thousands of requests: of them some are asked about, each time others.
MOMENTS_STEP = 1 if are_all_tried() else 3
Given = list[tuple[int | None, str, dict[str, Any]]]
"""What was answered, each with the instant at which it was true, and the position where that says the same."""


async def read_all(stage: Serving, **query: object) -> dict[str, Any]:
    """Every answer, without the instant at which it was judged, and the notes of what should be known at present."""
    answers = {}
    for path in READS:
        own = dict(pair.split("=") for pair in path.partition("?")[2].split("&") if pair)
        answer = await stage.client.get(path, params={name: str(value) for name, value in query.items()} | own)
        found = answer.json()
        for one in (found, *found.get("items", ())):
            for name in ("judged_at", "notes"):
                one.pop(name, None)
        answers[path] = found
    return answers


async def a_life(stage: Serving) -> Given:
    """Two campaigns with all that may happen in them; what was answered meanwhile."""
    given: Given = []

    async def then(seconds: float, *, position: bool = True) -> None:
        end = stage.ledger.position
        instant = time_text(stage.clock.now + timedelta(milliseconds=1))
        given.append((end if position else None, instant, await read_all(stage, at_least=end)))
        stage.clock.now += timedelta(seconds=seconds)

    await stage.campaign(TO, OTHER, THIRD, FIFTH)
    await then(10)
    await stage.campaign(TO, FOURTH, campaign_id="summer")
    await stage.dial(TO, "call_1")
    await then(10)
    until_then = time_text(stage.clock.now + timedelta(seconds=30))
    await stage.client.post("/v1/suppressions", json={"number": OTHER, "expires_at": until_then})
    await stage.deliver(payload("call.answered", seconds=20))
    await then(10)
    await stage.settle(await stage.start(FOURTH, "att_4", "summer"), Unresolved(why="time-out"))
    await stage.deliver(payload("call.completed", seconds=50))
    await then(10)
    await stage.do(lambda tx: _hold(tx, FIFTH))
    refused = Refused(status=400, code="invalid_number", body="{}", concerns="recipient", counts=True)
    await stage.settle(await stage.start(THIRD, "att_3"), refused)
    await then(70)
    await then(10, position=False)
    await stage.settle(await stage.start(OTHER, "att_2"), Abandoned(why="gone", unreachable=True))
    await stage.settle(await stage.start(OTHER, "att_5"), accepted("call_5", OTHER))
    await stage.deliver(payload("call.failed", "call_5", seconds=100, to=OTHER))
    await then(10)
    await stage.do(resolving.settle_without_call(stage.ledger.recipient_stream(FOURTH), "att_4", "kim", redial=True))
    await stage.client.post("/v1/campaigns/summer/pause")
    await then(10)
    await stage.client.post("/v1/campaigns/spring_followup/cancel")
    await then(10)
    return given


def _withdraw(tx: Transaction, stream: str) -> None:
    tx.recipient(stream)
    tx.append(stream, [RecipientWithdrawn(campaign_id="spring_followup")])


def _hold(tx: Transaction, number: str) -> None:
    held = account.hold_number(tx.account(FINGERPRINT), number, "no_matching_rate", "{}")
    tx.append(account_stream(FINGERPRINT), held)


@pytest.mark.no_cover  # many times the same
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_answer_is_given_again_and_the_same_after_a_restart_and_made_anew(
    tmp_path: Path, postgres: Server, database: str
) -> None:
    environ = {"DIALTRAIL_DATABASE_URL": postgres.new_database()} if database == "postgresql" else {}
    given: Given = []

    async def agree(stage: Serving, begin: int, *, instants: bool = True, positions: bool = True) -> None:
        for position, instant, answers in given[begin % MOMENTS_STEP :: MOMENTS_STEP]:
            if instants:
                assert await read_all(stage, as_of=instant) == answers
            if positions and position is not None:
                assert await read_all(stage, as_of=position) == answers

    async def first(stage: Serving) -> None:
        given.extend(await a_life(stage))
        await agree(stage, 1)

    async def begun_anew(stage: Serving) -> None:
        stage.clock.now = NOON + timedelta(hours=1)
        await agree(stage, 0, positions=False)

    async def again(stage: Serving) -> None:
        await begun_anew(stage)
        views = (await stage.json("/v1/views"))["items"]
        assert (await stage.client.post("/v1/views/rebuild")).status_code == 202
        await until(lambda: stage.parts.projector.rebuilding is None)
        await agree(stage, 2, instants=False)
        assert (await stage.json("/v1/views"))["items"] == views
        query: dict[str, str] | None = {}
        while query is not None:
            answer = await stage.client.get("/v1/views/compare", params=query)
            assert (answer.status_code, answer.json()["items"]) == (200, [])
            query = {"after": answer.json()["next"]} if answer.json()["next"] else None

    play(tmp_path, first, **environ)
    play(tmp_path, again, **environ)
    if database == "sqlite":
        (tmp_path / "views.db").unlink()
        play(tmp_path, begun_anew)
    assert len({str(answers) for _, _, answers in given}) == len(given)


def test_a_campaign_is_not_there_before_it_was_created(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/suppressions", json={"number": TO})
        await stage.campaign(TO)
        missing = problem(
            "not-found",
            404,
            "Nothing is known under that name",
            "no campaign is named spring_followup; `dialtrail campaign list` shows those there are",
        )
        for path in ("/v1/campaigns/spring_followup", "/v1/campaigns/spring_followup/recipients"):
            assert (await stage.client.get(path, params={"as_of": "1"})).json() == missing
        assert (await stage.json("/v1/campaigns?as_of=1"))["items"] == []
        assert (await stage.json("/v1/campaigns/spring_followup/recipients?as_of=2"))["items"] == []

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("life", "is_over"),
    [
        ([], False),
        (["enroll"], False),
        (["enroll", "start"], False),
        (["enroll", "start", "accept"], False),
        (["enroll", "start", "accept", "answer"], False),
        (["enroll", "start", "accept", "answer", "end"], True),
        (["enroll", "start", "accept", "end"], True),
        (["enroll", "start", "unresolved"], False),
        (["enroll", "start", "refuse"], True),
        (["enroll", "start", "abandon"], False),
        (["enroll", "suppress"], True),
        (["enroll", "withdraw"], True),
        (["enroll", "hold"], True),
        (["enroll", "busy elsewhere"], False),
        (["enroll", "busy elsewhere", "end elsewhere"], False),
    ],
)
def test_a_campaign_is_over_when_nobody_is_left_and_nothing_is_open(
    tmp_path: Path, life: list[str], is_over: bool
) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign()
        await stage.campaign(TO, campaign_id="summer")
        for step in life:
            await _step(stage, step)
        now, in_flight = stage.clock.now + timedelta(seconds=1), stage.parts.in_flight
        assert await stage.parts.projector.wait_for(stage.ledger.position, WAIT_SECONDS_MAX)
        await until(lambda: in_flight.position == stage.ledger.position)
        found = stage.parts.reads.remaining_work("spring_followup", now)
        is_somebody_left = found.is_somebody_left or in_flight.attempts.will_be_free(found.held_by_calls, now)
        assert (is_somebody_left or in_flight.attempts.is_anything_open("spring_followup", now)) is not is_over

    play(tmp_path, scene)


async def _step(stage: Serving, step: str) -> None:
    stream = stage.ledger.recipient_stream(TO)
    attempt = StartedAttempt(
        attempt_id="att_1",
        campaign_id="spring_followup",
        stream=stream,
        number=TO,
        body="{}",
        known=KnownPerson(stream, {}, ()),
    )
    outcomes: dict[str, DialOutcome] = {
        "accept": accepted("call_1", TO),
        "unresolved": Unresolved(why="time-out"),
        "refuse": Refused(status=400, code="invalid_number", body="{}", concerns="recipient", counts=False),
        "abandon": Abandoned(why="gone"),
    }
    deliveries = {
        "answer": payload("call.answered", seconds=3),
        "end": payload("call.completed", seconds=9),
        "end elsewhere": payload("call.completed", "call_2", seconds=9),
    }
    does: dict[str, Callable[[], Awaitable[object]]] = {
        "enroll": lambda: stage.enroll(TO),
        "start": lambda: stage.start(TO, "att_1"),
        "suppress": lambda: stage.client.post("/v1/suppressions", json={"number": TO}),
        "withdraw": lambda: stage.do(lambda tx: _withdraw(tx, stream)),
        "hold": lambda: stage.do(lambda tx: _hold(tx, TO)),
        "busy elsewhere": lambda: stage.dial(TO, "call_2", "summer"),
    }
    if step in outcomes:
        await stage.settle(attempt, outcomes[step])
    elif step in deliveries:
        assert (await stage.deliver(deliveries[step])).status_code == 204
    else:
        await does[step]()


def test_numbers_that_this_installation_may_not_dial_are_held_and_never_due(tmp_path: Path) -> None:
    numbers = [f"+1555124{place:04}" for place in range(20)]

    async def scene(stage: Serving) -> None:
        await stage.campaign(*numbers)
        shown = await stage.json("/v1/campaigns/spring_followup?at_least=22")
        assert (shown["recipients"]["held"], shown["recipients"]["queued"]) == (19, 1)
        path = "/v1/campaigns/spring_followup/recipients"
        (queued,) = (await stage.json(f"{path}?status=queued"))["items"]
        held = (await stage.json(f"{path}?status=held"))["items"]
        assert queued["number"] == numbers[17]
        assert {(item["status"], item["reason"]) for item in held} == {("held", "not_in_only_numbers")}
        due = stage.parts.reads.due("spring_followup", stage.clock.now, 0, 5)
        assert due.streams == [stage.ledger.recipient_stream(numbers[17])]

    play(tmp_path, scene, DIALTRAIL_ONLY_NUMBERS=numbers[17])
