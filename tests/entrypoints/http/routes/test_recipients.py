from pathlib import Path

import pytest

from domain.dial_outcome import Refused, Unresolved
from tests.entrypoints.http.routes.enrolling import E164, PATH, create, number, queued
from tests.entrypoints.serving import OTHER, TO, Serving, assert_problem, at, invalid, payload, play, problem
from tests.entrypoints.shared_stage import Play, shared_by_module


async def statuses(stage: Serving) -> dict[str, str]:
    return {item["number"]: item["status"] for item in (await stage.json(PATH))["items"]}


def test_pages_follow_the_order_of_enrolment_and_do_not_shift_when_more_are_enrolled(tmp_path: Path) -> None:
    first = [number(place) for place in (5, 3, 9, 1, 7)]

    async def scene(stage: Serving) -> None:
        await stage.campaign(*first)
        one = await stage.json(f"{PATH}?limit=2")
        await stage.enroll(number(0))
        await stage.dial(first[0], "call_1")
        two = await stage.json(f"{PATH}?limit=2&after={one['next']}")
        three = await stage.json(f"{PATH}?limit=2&after={two['next']}")
        pages = [[item["number"] for item in page["items"]] for page in (one, two, three)]
        assert pages == [first[:2], first[2:4], [first[4], number(0)]]
        assert three["next"] is None
        assert await stage.json(f"{PATH}?after=1000000") == {
            "items": [],
            "next": None,
            "position": stage.ledger.position,
            "judged_at": at(0),
        }

    play(tmp_path, scene)


def test_a_page_of_one_status_has_the_next_only_if_there_is_one(tmp_path: Path) -> None:
    numbers = [number(place) for place in range(6)]

    async def scene(stage: Serving) -> None:
        await stage.campaign(*numbers)
        for one in (0, 3, 5):
            await stage.client.post("/v1/suppressions", json={"number": numbers[one]})
        page = await stage.json(f"{PATH}?status=suppressed&limit=2")
        assert [item["number"] for item in page["items"]] == [numbers[0], numbers[3]]
        page = await stage.json(f"{PATH}?status=suppressed&limit=2&after={page['next']}")
        assert ([item["number"] for item in page["items"]], page["next"]) == ([numbers[5]], None)
        page = await stage.json(f"{PATH}?status=queued&limit=3")
        assert ([item["number"] for item in page["items"]], page["next"]) == (
            [numbers[1], numbers[2], numbers[4]],
            None,
        )

    play(tmp_path, scene)


asking = shared_by_module(create)


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.5", "ten", "+1", "\u0661", "9" * 30])
def test_a_limit_must_be_a_whole_number_within_its_bounds(asking: Play, limit: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.get(PATH, params={"limit": limit})
        assert_problem(answer, invalid("limit", "must be a whole number from 1 to 1000"))

    asking(scene)


def test_a_page_has_a_hundred_where_no_limit_is_given_and_a_thousand_at_most(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(*(number(place) for place in range(1001)))
        assert [len((await stage.json(f"{PATH}{query}"))["items"]) for query in ("", "?limit=1000")] == [
            100,
            1000,
        ]

    play(tmp_path, scene)


def test_a_bad_cursor_or_status_is_refused(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        assert_problem(
            await stage.client.get(f"{PATH}?after=x"),
            invalid("after", "must be a whole number from 0 to 1000000000000"),
        )
        known = "queued, held, dialing, in_progress, reached, not_reached, failed, canceled, refused, unresolved"
        assert_problem(
            await stage.client.get(f"{PATH}?status=happy"),
            invalid("status", f"is none of {known}, withdrawn, suppressed"),
        )

    play(tmp_path, scene)


ATTEMPT = {
    "attempt_id": "att_call_1",
    "phase": "accepted",
    "started_at": at(0),
    "changed_at": at(0),
    "call_id": "call_1",
    "status": 201,
    "code": None,
    "concerns": None,
    "why": None,
    "counts": True,
    "plain_outcome": "ringing",
    "talk_seconds": None,
    "answer_proofs": [],
    "person_proofs": [],
    "caller_number": None,
    "caller_why": None,
    "lookup": None,
}


def test_one_recipient_has_their_attempts_and_the_verdict(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        shown = {
            **queued(stage),
            "campaign_id": "spring_followup",
            "callback": None,
            "callbacks": [],
            "history": [],
            "verdict": {"may_dial": True, "judged_at": at(0), "reasons": []},
            "position": 3,
        }
        assert await stage.json(f"{PATH}/{TO}") == shown
        assert await stage.json(f"{PATH}/%2B{TO[1:]}") == shown
        await stage.dial(TO, "call_1")
        attempt = ATTEMPT
        open_attempt = {
            "rule": "open_attempt",
            "scope": "recipient",
            "final": False,
            "until": None,
            "inputs": {"attempt_id": "att_call_1"},
        }
        assert await stage.json(f"{PATH}/{TO}") == {
            **shown,
            "status": "dialing",
            "attempts": 1,
            "call_id": "call_1",
            "callback": None,
            "history": [attempt],
            "verdict": {"may_dial": False, "judged_at": at(0), "reasons": [open_attempt]},
            "position": 7,
        }

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            f"/v1/campaigns/spring_followup/recipients/{OTHER}",
            "this number is not enrolled in a campaign named spring_followup",
        ),
        (
            f"/v1/campaigns/nobody/recipients/{TO}",
            "no campaign is named nobody; `dialtrail campaign list` shows those there are",
        ),
    ],
)
def test_a_recipient_that_is_not_there_is_not_found(tmp_path: Path, path: str, expected: str) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        assert_problem(
            await stage.client.get(path), problem("not-found", 404, "Nothing is known under that name", expected)
        )

    play(tmp_path, scene)


@pytest.mark.parametrize("written", ["15551230002", "tel:+15551230002", "+", "%FF"])
def test_what_is_no_number_is_refused(tmp_path: Path, written: str) -> None:
    reason = "is not UTF-8 when percent-decoded" if written == "%FF" else E164

    async def scene(stage: Serving) -> None:
        await create(stage)
        assert_problem(await stage.client.get(f"{PATH}/{written}"), invalid("number", reason))
        assert_problem(await stage.client.delete(f"/v1/suppressions/{written}"), invalid("number", reason))

    play(tmp_path, scene)


TOLD_OF_LIVES = {
    "in_progress": ["call.answered"],
    "reached": ["call.answered", "call.completed"],
    "not_reached": ["call.completed"],
    "failed": ["call.failed"],
    "canceled": ["call.canceled"],
}


def test_each_life_ends_in_the_status_that_the_table_says_in_list_count_and_single_answer(tmp_path: Path) -> None:
    lives = (
        "queued",
        "dialing",
        "in_progress",
        "reached",
        "not_reached",
        "failed",
        "canceled",
        "refused",
        "unresolved",
    )
    numbers = {life: number(place) for place, life in enumerate(lives)}
    told = TOLD_OF_LIVES

    async def scene(stage: Serving) -> None:
        await stage.campaign(*numbers.values())
        for life in ("dialing", *told):
            await stage.dial(numbers[life], life)
        for life, names in told.items():
            for place, name in enumerate(names):
                assert (await stage.deliver(payload(name, life, place))).status_code == 204
        refused = Refused(
            status=400, code="invalid_request", body="{}", concerns="recipient", counts=False, throttle=None
        )
        await stage.settle(await stage.start(numbers["refused"], "a_refused"), refused)
        await stage.settle(await stage.start(numbers["unresolved"], "a_unresolved"), Unresolved(why="read time-out"))
        by_number = {number: life for life, number in numbers.items()}
        assert await statuses(stage) == by_number
        single = {one: (await stage.json(f"{PATH}/{one}"))["status"] for one in by_number}
        assert single == by_number
        counts = (await stage.json("/v1/campaigns/spring_followup"))["recipients"]
        assert counts == {**dict.fromkeys(lives, 1), "held": 0, "withdrawn": 0, "suppressed": 0}

    play(tmp_path, scene)
