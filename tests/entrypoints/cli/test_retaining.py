"""`dialtrail retention`."""

import json
from pathlib import Path

import pytest

from entrypoints.process import utc_now
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.test_erasing import NUMBER, begun

LONG_AGO, KINDS = "2020-01-01", ("--kind", "number", "--kind", "variables")


def test_it_says_what_would_go_and_does_it_only_when_told_to(
    tmp_path: Path, dialtrail: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALTRAIL_SEALED", "1")
    begun(tmp_path, dialtrail)
    assert dialtrail("retention", *KINDS, "--before", LONG_AGO).data == (
        "would destroy: of 0 streams; keys: none; events: none\n"
    )
    assert dialtrail("campaign", "cancel", "spring").code == 0
    now = utc_now().isoformat()

    would = dialtrail("retention", *KINDS, "--before", now)
    assert would.data == (
        "would destroy: of 1 stream; keys: 1 number, 1 variables; events: 1 with number, 1 with variables\n"
    )
    assert "give the same command with --yes" in would.talk
    done = dialtrail("retention", *KINDS, "--before", now, "--yes", "--json")
    assert done.code == 0
    told = json.loads(done.data)
    assert (told["destroyed"], told["streams"], told["keys"]) == (True, 1, {"number": 1, "variables": 1})
    assert told["keys_destroyed"]
    shown = dialtrail("export", "events").data
    assert "erased" in shown
    shown += dialtrail("recipients", "list", "spring").data
    assert NUMBER not in shown
    assert "Ada" not in shown


def test_the_steps_are_summed_and_what_stays_is_said_with_its_reason(api: FakeApi, dialtrail: Run) -> None:
    def step(after: int | None, **kept: int) -> dict[str, object]:
        more = {"keys_destroyed": False, "views_rebuilt": False, "position": 9, "next": after, "kept": kept}
        return {"destroyed": True, "streams": 2, "keys": {"body": 3}, "events": {"body": 4}, **more}

    api.answers("POST", "/v1/retention", step(7, held=1, going_on=0, by_two=0))
    api.answers("POST", "/v1/retention", step(None, held=0, going_on=2, by_two=1))
    done = dialtrail("retention", "--kind", "body", "--before", LONG_AGO, "--reason", "180 days", "--yes")
    assert done.data.splitlines() == [
        "destroyed: of 4 streams; keys: 6 body; events: 8 with body",
        "kept: 1 stream, of which a legal hold stands",
        "kept: 2 streams, of which they are not over, or may still be called",
        "kept: 1 stream, of which a campaign of theirs takes two people",
    ]
    assert "dialtrail rebuild" in done.talk
    assert "the keys are not destroyed yet" in done.talk
    asked = {"kinds": ["body"], "before": f"{LONG_AGO}T00:00:00Z", "confirmed": True, "reason": "180 days"}
    assert [one.body for one in api.asked] == [{**asked, "after": 0}, {**asked, "after": 7}]


@pytest.mark.parametrize("before", ["yesterday", "2026-13-01", "2026-06-01T00:00"])
def test_what_is_no_date_is_refused(dialtrail: Run, before: str) -> None:
    refused = dialtrail("retention", "--kind", "body", "--before", before)
    assert refused.code == 2
    assert "--before: is not a date; write it like 2026-12-25" in refused.talk
