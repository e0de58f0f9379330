import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from entrypoints.cli.comparison import DIFFERENCES_KEPT_MAX
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.serving import API_KEY, OTHER, TO, Serving, play

FIRST = "/v1/decisions/compare?limit=500"
DIFFERENCE: dict[str, Any] = {
    "position": 12,
    "attempt_id": "att_1",
    "campaign_id": "spring_followup",
    "basis": "same",
    "field": "reasons",
    "stored": [],
    "recomputed": ["outside_hours", "person_cap"],
}


def page(
    *items: dict[str, Any], following: str | None = None, compared: int = 3, other_rules: int = 0, other_data: int = 0
) -> dict[str, Any]:
    counted = {"compared": compared, "other_rules": other_rules, "other_rule_data": other_data}
    return {"items": list(items), **counted, "next": following, "position": 99}


def test_where_none_differs_it_says_how_many_were_recomputed(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", FIRST, page(following="500", compared=1_000))
    api.answers("GET", f"{FIRST}&after=500", page(compared=234))

    said = "1,234 verdicts recomputed as of position 99: no difference\n"
    assert dialtrail("doctor", "--decisions") == (0, said, "")


def test_each_that_differs_is_shown_and_the_code_is_1(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", FIRST, page(following="500"))
    api.answers("GET", f"{FIRST}&after=500", page(DIFFERENCE))

    code, data, talk = dialtrail("doctor", "--decisions")

    assert (code, talk) == (1, "")
    assert data.splitlines() == [
        "position  attempt_id  campaign_id      basis  field    stored  recomputed",
        "      12  att_1       spring_followup  same   reasons          outside_hours, person_cap",
        "",
        "6 verdicts recomputed as of position 99: 1 difference",
        "→ the ledger was changed: dialtrail explain CAMPAIGN NUMBER --as-of POSITION shows all",
    ]


@pytest.mark.parametrize("basis", ["other rules", "other rule data"])
def test_what_other_rules_or_data_gave_is_shown_and_is_no_failure(dialtrail: Run, api: FakeApi, basis: str) -> None:
    other = {**DIFFERENCE, "basis": basis}
    of_rules = basis == "other rules"
    api.answers("GET", FIRST, page(other, other_rules=2 * of_rules, other_data=2 * (not of_rules)))

    code, data, talk = dialtrail("doctor", "--decisions")

    assert (code, talk) == (0, "")
    assert data.splitlines()[-2:] == [
        "3 verdicts recomputed as of position 99: no difference",
        f"2 of them were made by {basis}: 1 difference",
    ]


def test_json_has_all_of_it(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", FIRST, page(*[DIFFERENCE] * (DIFFERENCES_KEPT_MAX + 2)))

    code, data, talk = dialtrail("doctor", "--decisions", "--json")

    assert (code, talk) == (1, "")
    assert json.loads(data) == {
        "same": False,
        "compared": 3,
        "other_rules": 0,
        "other_rule_data": 0,
        "position": 99,
        "differences": [DIFFERENCE] * DIFFERENCES_KEPT_MAX,
        "differences_omitted": 2,
    }


def test_one_campaigns_can_be_asked_for(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{FIRST}&campaign=spring_followup", page())

    assert dialtrail("doctor", "--decisions", "--campaign", "spring_followup").code == 0
    assert [one.target for one in api.asked] == [f"{FIRST}&campaign=spring_followup"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--decisions", "--views"),
            "--decisions: goes with --campaign and --json only: it looks at the verdicts alone",
        ),
        (("--decisions", "--all"), "--decisions: goes with --campaign and --json only: it looks at the verdicts alone"),
        (("--campaign", "spring_followup"), "--campaign: goes with --decisions"),
        (("--views", "--campaign", "spring_followup"), "--campaign: goes with --decisions"),
    ],
)
def test_what_does_not_go_together_is_said(dialtrail: Run, api: FakeApi, words: tuple[str, ...], said: str) -> None:
    assert dialtrail("doctor", *words) == (2, "", f"dialtrail: {said}\n")
    assert api.asked == []


def test_a_verdict_that_somebody_altered_in_the_ledger_is_found(
    dialtrail: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        await stage.dial(TO, "call_1")
        await stage.dial(OTHER, "call_2")

    home = tmp_path / "home"
    play(home, scene)
    monkeypatch.setenv("MINIVOICE_API_KEY", API_KEY)
    assert dialtrail("doctor", "--decisions") == (0, "2 verdicts recomputed as of position 12: no difference\n", "")
    with closing(sqlite3.connect(home / "ledger.db")) as ledger, ledger:
        (changed,) = ledger.execute(
            "UPDATE stored_events SET state = CAST(replace(state, '\"attempts_counted\":0', '\"attempts_counted\":1') AS BLOB) "
            "WHERE topic = 'attempt.started' AND rowid = (SELECT max(rowid) FROM stored_events WHERE topic = 'attempt.started') "
            "RETURNING rowid"
        ).fetchall()

    code, data, talk = dialtrail("doctor", "--decisions", "--campaign", "spring_followup")

    assert (code, talk) == (1, "")
    assert data.splitlines()[1].split() == [
        str(changed[0]),
        "att_call_2",
        "spring_followup",
        "same",
        "attempts_counted",
        "1",
        "0",
    ]
    assert data.splitlines()[3] == "2 verdicts recomputed as of position 12: 1 difference"
