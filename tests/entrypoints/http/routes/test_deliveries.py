from datetime import timedelta
from pathlib import Path

from tests.entrypoints.serving import AUDITOR, TO, TOKENS, VIEWER, Serving, at, payload, play

PATH = "/v1/calls/call_1/deliveries"


async def tell(stage: Serving) -> None:
    """Two reports, the first of them again after 30 seconds."""
    created, answered = payload("call.created", data={"event_key": "k"}), payload("call.answered", seconds=3)
    for body, seconds in ((created, 0), (answered, 4), (created, 26)):
        stage.clock.now += timedelta(seconds=seconds)
        assert (await stage.deliver(body, {"x-minivoice-timestamp": "1"})).status_code == 204


def test_a_calls_deliveries_are_shown_as_they_came(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        found = await stage.json(PATH)
        assert [(one["event"], one["nth"], one["is_repeat"], one["since_last_seconds"]) for one in found["items"]] == [
            ("call.created", 1, False, None),
            ("call.answered", 1, False, None),
            ("call.created", 2, True, 30.0),
        ]
        first, _, again = found["items"]
        assert (first["body"], first["received_at"], first["answered"]) == (again["body"], at(0), 204)
        assert again["headers"]["x-minivoice-timestamp"] == "1"
        assert 0 <= first["stored_after_seconds"] < 1

    play(tmp_path, scene)


def test_pages_and_the_past(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        first = await stage.json(f"{PATH}?limit=2")
        rest = await stage.json(f"{PATH}?limit=2&after={first['next']}")
        assert [len(page["items"]) for page in (first, rest)] == [2, 1]
        assert rest["next"] is None
        assert len((await stage.json(f"{PATH}?as_of=1"))["items"]) == 1

    play(tmp_path, scene)


def test_viewers_see_what_came_when_and_not_what_it_said(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        seen = await stage.client.get(PATH, headers=VIEWER)
        assert TO not in seen.text
        one = seen.json()["items"][0]
        assert (one["body"], one["headers"], one["key"], one["digest"]) == (None, {}, "", "")
        assert TO in (await stage.client.get(PATH, headers=AUDITOR)).text

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_a_call_that_there_is_not_has_none(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.client.get(PATH)).status_code == 404

    play(tmp_path, scene)
