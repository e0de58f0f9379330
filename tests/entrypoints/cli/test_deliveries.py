import json

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.told_deliveries import ANSWERED, CALL, CREATED, DELIVERIES, delivery, page

FIRST = delivery(3, CREATED, 0, headers={"x-minivoice-timestamp": "1"})
AGAIN = delivery(5, CREATED, 0, came=30, nth=2, is_repeat=True, since_last_seconds=30.0, headers={})
CHANGED = delivery(
    8, CREATED, 0, came=1_530, nth=3, is_changed=True, since_last_seconds=1_500.0, headers={}, stored_after_seconds=None
)


def test_each_is_shown_with_what_it_repeats_how_long_it_waited_and_our_answer(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{DELIVERIES}?limit=1000", page([FIRST, AGAIN], "5"))
    api.answers("GET", f"{DELIVERIES}?limit=1000&after=5", page([CHANGED]))

    code, data, talk = dialtrail("deliveries", CALL, "--tz", "Europe/Berlin")

    assert (code, talk) == (0, "")
    assert data.splitlines() == [
        "position  came                              report        what            time     waited  answered      in  headers",
        "       3  2026-03-02T10:00:00.000000+01:00  call.created  first              1             204       2.1 ms  x-minivoice-timestamp=1",
        "       5  2026-03-02T10:00:30.000000+01:00  call.created  the same again     2     30.0 s  204       2.1 ms",
        "       8  2026-03-02T10:25:30.000000+01:00  call.created  another body       3  1,500.0 s  204",
        "",
        "3 deliveries: 1 first, 1 the same again, 1 another body; waited 30.0 s to 1,500.0 s in between",
    ]


def test_as_json_they_have_their_bodies_now_or_then(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{DELIVERIES}?as_of=4&limit=1000", page([FIRST]))

    code, data, _ = dialtrail("deliveries", CALL, "--as-of", "4", "--json")

    assert (code, json.loads(data)) == (0, {"call_id": CALL, **page([FIRST])})


def test_viewers_see_what_came_when(dialtrail: Run, api: FakeApi) -> None:
    hidden = {**FIRST, "event": ANSWERED, "body": None, "headers": {}, "key": "", "digest": ""}
    api.answers("GET", f"{DELIVERIES}?limit=1000", page([hidden]))

    code, data, _ = dialtrail("deliveries", CALL)

    assert (code, data.splitlines()[-1]) == (0, "1 delivery: 1 first")


def test_a_call_of_which_only_the_api_told_has_none(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{DELIVERIES}?limit=1000", page([]))

    assert dialtrail("deliveries", CALL) == (0, "no webhook of this call has come\n", "")


def test_a_call_that_there_is_not_is_one_line(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{DELIVERIES}?limit=1000", {"detail": "no call with this id is in the ledger"}, 404)

    assert dialtrail("deliveries", CALL) == (1, "", "dialtrail: no call with this id is in the ledger\n")
