import json
from typing import Any

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

AT = "2026-05-29T12:00:00.000000Z"
LIST = "/v1/quarantine?limit=100"
ONE, TWO, THREE = "a" * 64, "b" * 64, "c" * 64


def kept(digest: str, position: int, **changes: Any) -> dict[str, Any]:
    return {
        "digest": digest,
        "position": position,
        "received_at": AT,
        "recorded_at": AT,
        "reason": "call.id: is not a string",
        "bytes": 7,
        "read": None,
        "readable": True,
        **changes,
    }


READ_SINCE = {"position": 9, "call_id": "7113", "event": "call.completed", "recorded_at": AT}
ITEMS = [kept(THREE, 3), kept(TWO, 2, reason=None, readable=False), kept(ONE, 1, read=READ_SINCE)]
PAGE = {"items": ITEMS, "next": None, "position": 9}


def answer(digest: str, result: str = "read", **changes: Any) -> dict[str, Any]:
    said = {"call_id": "7113", "event": "call.completed", "reason": None, "position": 10}
    return {"digest": digest, "result": result, **said, **changes}


def test_they_are_listed_and_the_next_command_is_named(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", LIST, PAGE)

    code, data, talk = dialtrail("quarantine", "list")

    assert (code, talk) == (0, "1 can be read now: dialtrail quarantine read --all\n")
    assert [line.split(maxsplit=2)[2] for line in data.splitlines()[1:]] == [
        "call.id: is not a string  can be read",
        "not shown                 cannot be read",
        "call.id: is not a string  read as call.completed of 7113",
    ]


def test_as_json_the_list_is_the_apis(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", LIST, PAGE)

    code, data, _ = dialtrail("quarantine", "list", "--json")

    assert (code, json.loads(data)) == (0, PAGE)


def test_an_empty_quarantine_says_so(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", LIST, {**PAGE, "items": []})

    assert dialtrail("quarantine", "list") == (0, "nothing is in quarantine\n", "")
    assert dialtrail("quarantine", "read", "--all") == (0, "nothing that can be read now is in quarantine\n", "")


def test_all_that_can_be_read_is_read_the_oldest_first(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", LIST, {**PAGE, "items": [kept(TWO, 4), *ITEMS]})
    for digest in (THREE, TWO):
        api.answers("POST", f"/v1/quarantine/{digest}/read", answer(digest))

    code, data, _ = dialtrail("quarantine", "read", "--all")

    assert (code, data.splitlines()) == (0, [f"{one}: call.completed of call 7113" for one in (THREE, TWO)])
    assert [one.target for one in api.asked if one.method == "POST"] == [
        f"/v1/quarantine/{THREE}/read",
        f"/v1/quarantine/{TWO}/read",
    ]


def test_one_that_was_read_before_is_no_failure(dialtrail: Run, api: FakeApi) -> None:
    api.answers("POST", f"/v1/quarantine/{ONE}/read", answer(ONE, "read_before"))

    said = f"{ONE}: was read before, as call.completed of call 7113\n"
    assert dialtrail("quarantine", "read", ONE) == (0, said, "")


def test_one_that_cannot_be_read_fails_and_says_why(dialtrail: Run, api: FakeApi) -> None:
    told = answer(TWO, "unreadable", call_id=None, event=None, reason="body: is not JSON")
    api.answers("POST", f"/v1/quarantine/{TWO}/read", told)

    assert dialtrail("quarantine", "read", TWO) == (1, f"{TWO}: still cannot be read: body: is not JSON\n", "")
    code, data, _ = dialtrail("quarantine", "read", TWO, "--json")
    assert (code, json.loads(data)) == (1, {"items": [told]})


def test_which_one_has_to_be_said_in_one_way(dialtrail: Run, api: FakeApi) -> None:
    wanted = "dialtrail: DIGEST: give the digest of one delivery, or --all\n"

    assert dialtrail("quarantine", "read") == (2, "", wanted)
    assert dialtrail("quarantine", "read", ONE, "--all") == (2, "", wanted)
    assert api.asked == []
