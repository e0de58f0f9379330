import json
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi

PATH = "/v1/campaigns/spring_followup"
ASKED_AT, UNTIL = "2026-05-29T12:00:00.000000Z", "2026-06-05T12:00:00.000000Z"


def change(change_id: str, **more: Any) -> dict[str, Any]:
    return {
        "change_id": change_id,
        "change": "start",
        "status": "pending",
        "requested_by": "olga",
        "requested_at": ASKED_AT,
        "expires_at": UNTIL,
        "reason": None,
        "canary": None,
        "changes": [],
        "decided_by": None,
        "settled_at": None,
        "why": None,
        **more,
    }


DECLINED = change(
    "chg_1",
    change="revise",
    status="declined",
    reason="faster",
    changes=[{"field": "limits.calls_per_second", "before": 1.0, "after": 5.0}],
    decided_by="otto",
    settled_at="2026-05-29T12:01:00.000000Z",
    why="too fast",
)
SUPERSEDED = change("chg_2", status="superseded", settled_at=UNTIL, why="the plan was revised")
PENDING = change("chg_3", canary=20)
POSITION = {"position": 20, "judged_at": UNTIL}


def test_changes_tells_who_asked_who_decided_and_why(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/changes?limit=1000", {"items": [DECLINED, SUPERSEDED], "next": "4", **POSITION})
    api.answers("GET", f"{PATH}/changes?limit=1000&after=4", {"items": [PENDING], "next": None, **POSITION})

    code, data, talk = dialtrail("campaign", "changes", "spring_followup")

    assert data.splitlines() == [
        "chg_1  revise  declined",
        f"    asked for by olga at {ASKED_AT}",
        "    reason: faster",
        "    limits.calls_per_second: 1.0 → 5.0",
        "    declined by otto at 2026-05-29T12:01:00.000000Z: too fast",
        "chg_2  start  superseded",
        f"    asked for by olga at {ASKED_AT}",
        f"    superseded at {UNTIL}: the plan was revised",
        "chg_3  start, canary 20  pending",
        f"    asked for by olga at {ASKED_AT}, waits until {UNTIL}",
        "as of position 20",
    ]
    said = "somebody else than who asked decides: dialtrail campaign approve spring_followup CHANGE, or decline\n"
    assert (code, talk) == (0, said)


def test_changes_as_json_are_one_list_and_as_of_is_sent(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/changes?as_of=7&limit=1000", {"items": [PENDING], "next": None, **POSITION})

    code, data, talk = dialtrail("campaign", "changes", "spring_followup", "--as-of", "7", "--json")

    assert (code, json.loads(data), talk) == (0, {"items": [PENDING], "next": None, "position": 20}, "")


@pytest.mark.parametrize(("verb", "status"), [("approve", "approved"), ("decline", "declined")])
def test_a_decision_is_sent_with_its_reason_and_says_how_it_stands(
    dialtrail: Run, api: FakeApi, verb: str, status: str
) -> None:
    target = f"{PATH}/changes/chg_3/{verb}"
    done = {
        "campaign_id": "spring_followup",
        "change": {**PENDING, "status": status, "decided_by": "otto"},
        "campaign": {**CAMPAIGN, "notes": ["a canary: it pauses once 20 calls are over; 0 have begun"]},
        "position": 21,
    }
    api.answers("POST", target, done)

    words = ("campaign", verb, "spring_followup", "chg_3")
    assert dialtrail(*words) == (
        0,
        f"spring_followup: change chg_3 (start, canary 20) is {status}; it is running\n",
        "a canary: it pauses once 20 calls are over; 0 have begun\n",
    )
    assert json.loads(dialtrail(*words, "--reason", "seen", "--json").data) == done
    assert [(one.target, one.body) for one in api.asked] == [(target, None), (target, {"reason": "seen"})]


def test_what_one_person_cannot_do_alone_exits_1_and_says_what_to_do(dialtrail: Run, api: FakeApi) -> None:
    problem = {"detail": "olga asked for change chg_3; somebody else has to approve it"}
    api.answers("POST", f"{PATH}/changes/chg_3/approve", problem, 409)

    assert dialtrail("campaign", "approve", "spring_followup", "chg_3") == (1, "", f"dialtrail: {problem['detail']}\n")


def test_a_start_that_waits_says_for_what(dialtrail: Run, api: FakeApi) -> None:
    waits = {"campaign_id": "spring_followup", "change": PENDING, "replaces": "chg_2", "position": 9}
    api.answers("POST", f"{PATH}/start", waits, 202)

    code, data, talk = dialtrail("campaign", "start", "spring_followup", "--canary", "20")

    assert (code, data) == (0, "spring_followup: change chg_3 (start) waits for a second person's approval\n")
    assert talk.splitlines()[-2:] == [
        "it takes the place of change chg_2",
        "somebody else, with a token of their own: dialtrail campaign approve spring_followup chg_3",
    ]
    assert json.loads(dialtrail("campaign", "start", "spring_followup", "--json").data) == waits


def test_at_a_data_folder_without_tokens_it_says_what_to_set(dialtrail: Run, tmp_path: Path) -> None:
    file = tmp_path / "careful.toml"
    file.write_text('id = "careful"\nfrom = "+15551230001"\n[policy]\nneeds_approval = true\n')
    assert dialtrail("campaign", "create", str(file)).code == 0

    code, data, talk = dialtrail("campaign", "start", "careful")

    assert (code, data) == (1, "")
    assert talk.splitlines()[-1] == (
        "dialtrail: campaign careful needs a second person's approval (policy.needs_approval), and without tokens everybody "
        "is the same operator; set DIALTRAIL_TOKENS with two operators, restart, and try again"
    )
    assert dialtrail("status", "careful").data.splitlines()[0] == "careful: created"
    assert dialtrail("campaign", "changes", "careful").data == "as of position 1\n"
