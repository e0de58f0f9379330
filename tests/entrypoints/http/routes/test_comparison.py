from pathlib import Path

from tests.entrypoints.serving import Serving, assert_problem, payload, play, problem

MISSING = "call is not in the ledger; `dialtrail status CAMPAIGN NUMBER` shows call ids"
TOKENS = "vera:viewer:viewer-secret,anna:auditor:auditor-secret"
VIEWER = {"authorization": "Bearer viewer-secret"}
AUDITOR = {"authorization": "Bearer auditor-secret"}
PATH = "/v1/calls/call_1/compare/call_2"


async def tell(stage: Serving) -> None:
    for call_id, digits, seconds in (("call_1", "1", 0), ("call_2", "2", 50)):
        for body in (
            payload("call.created", call_id=call_id, seconds=seconds, data={"event_key": call_id}),
            payload("call.gathered", call_id=call_id, seconds=seconds + 5, data={"digits": digits}),
        ):
            assert (await stage.deliver(body)).status_code == 204


def test_two_calls_are_compared_as_the_ledger_has_them(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        found = await stage.json(PATH)
        created, gathered = found["pairs"]
        assert (found["same"], found["left_out"], found["position"]) == (False, 0, stage.ledger.position)
        assert [found[side]["call_id"] for side in "ab"] == ["call_1", "call_2"]
        assert found["state"] == [{"field": "digits", "a": "1", "b": "2"}]
        assert created == {
            "event": "call.created",
            "step": None,
            "a": {"position": 1, "after_seconds": 0.0},
            "b": {"position": 3, "after_seconds": 0.0},
            "differences": [],
        }
        assert {"field": "body.data.digits", "a": "1", "b": "2"} in gathered["differences"]
        assert gathered["b"] == {"position": 4, "after_seconds": 5.0}

    play(tmp_path, scene)


def test_a_call_beside_itself_and_as_of_the_past(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        assert (await stage.json("/v1/calls/call_1/compare/call_1"))["same"]
        assert (await stage.json(f"{PATH}?as_of=3"))["pairs"][-1]["b"] is None

    play(tmp_path, scene)


def test_a_call_that_is_not_there_is_told_by_its_place(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        title = "Nothing is known under that name"
        first, second = "/v1/calls/none/compare/call_1", "/v1/calls/call_1/compare/none"
        assert_problem(await stage.client.get(first), problem("not-found", 404, title, f"the first {MISSING}"))
        assert_problem(await stage.client.get(second), problem("not-found", 404, title, f"the second {MISSING}"))

    play(tmp_path, scene)


def test_viewers_see_what_differs_and_not_what_it_says(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        seen, whole = await stage.json(PATH, VIEWER), await stage.json(PATH, AUDITOR)
        assert {"field": "body.data.digits", "a": None, "b": None} in seen["pairs"][1]["differences"]
        assert [len(pair["differences"]) for pair in seen["pairs"]] == [
            len(pair["differences"]) for pair in whole["pairs"]
        ]
        assert all(one["a"] is None and one["b"] is None for pair in seen["pairs"] for one in pair["differences"])
        assert {"field": "body.data.digits", "a": "1", "b": "2"} in whole["pairs"][1]["differences"]

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
