"""`dialtrail divergence`: a table of days, what differs on one, and a look that is waited for."""

from typing import Any

import pytest

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

AT = "2026-05-30T06:00:00.000000Z"
COUNTS = {"missing": 1, "outcome": 1, "not_ended": 0, "times": 0, "numbers": 0}
TOTALS: dict[str, Any] = {
    "calls": 38,
    "billsec_seconds": 700,
    "cost_amount": "1.20",
    "cost_currency": "EUR",
    "why": None,
    "is_settled": True,
    "ours_ended": 50,
    "ours_answered": 40,
    "talk_seconds": 720,
    "others_ended": 1,
    "at_edge": 0,
    "calls_word": "fewer",
    "seconds_word": "fit",
}
DIFFERS = [
    {"call_id": "call_1", "kind": "missing", "ours": "completed", "theirs": "no such call"},
    {"call_id": "call_2", "kind": "outcome", "ours": "completed", "theirs": "failed"},
]
DAY: dict[str, Any] = {
    "day": "2026-05-29",
    "looked_at": AT,
    "is_finished": True,
    "ended": 50,
    "asked": 25,
    "every": 2,
    "unanswered": 1,
    "unclear": 0,
    "left_out": 25,
    "left_out_why": "sampled",
    "found": 3,
    "counts": COUNTS,
    "differences": DIFFERS,
    "totals": TOTALS,
}
NOTHING: dict[str, Any] = {"found": 0, "counts": dict.fromkeys(COUNTS, 0), "differences": [], "left_out": 0}
ZERO = {**DAY, "day": "2026-05-28", **NOTHING, "unanswered": 0, "totals": None}


def shown(*items: dict[str, Any], waits: bool = False) -> dict[str, Any]:
    return {"items": items, "waits": waits, "cannot_conclude": ["Nobody says when."], "position": 7}


def test_days_are_a_table_and_what_differs_is_named(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/divergence", shown(DAY, ZERO))

    code, data, talk = dialtrail("divergence")

    assert (code, talk) == (1, "")
    assert data.splitlines() == [
        "day         looked at                    ended  asked  left out  differ  totals",
        f"2026-05-29  {AT}     50     25        25       3  FEWER than the ledger has",
        f"2026-05-28  {AT}     50     25         0       0  -",
        "",
        "2026-05-29: 1 missing, 1 outcome",
        "25 calls left out: more than the requests of a day allow",
        "1 not answered, 0 with a status that nobody knows",
        "call    differs  ledger     MiniVoice",
        "call_1  missing  completed  no such call",
        "call_2  outcome  completed  failed",
        "dialtrail timeline CALL shows what was said when",
        "totals   MiniVoice  ours",
        "calls    38         40 answered of 50  FEWER than the ledger has",
        "seconds  700        720                fits",
        "cost     1.20 EUR   -                  compared with nothing",
        "beside ours: 1 call of others that we were told of, 0 calls across midnight",
        "",
        "what cannot be concluded:",
        "  Nobody says when.",
    ]


def test_zero_is_said_and_ends_well(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/divergence?day=2026-05-28", shown(ZERO))
    api.answers("GET", "/v1/divergence", shown())

    code, data, _ = dialtrail("divergence", "--day", "2026-05-28")
    assert (code, "2026-05-28: no call differs" in data) == (0, True)
    assert dialtrail("divergence") == (0, "no day was looked at\n", "")


def test_now_waits_until_the_look_is_over(dialtrail: Run, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.cli.divergence.LOOK_AGAIN_SECONDS", 0)
    api.answers("POST", "/v1/divergence", {"day": "2026-05-28", "until": AT, "position": 7}, 202)
    for one in (
        shown({**ZERO, "is_finished": True}, waits=True),  # an earlier one
        shown({**ZERO, "is_finished": False, "asked": 9}),
        shown(ZERO),
    ):
        api.answers("GET", "/v1/divergence?day=2026-05-28", one)

    code, data, talk = dialtrail("divergence", "--now")

    assert (code, "no call differs" in data) == (0, True)
    assert [line.partition(";")[0] for line in talk.splitlines()] == [
        "2026-05-28: asked for 0 calls so far",
        "2026-05-28: asked for 9 calls so far",
    ]
    assert api.asked[0].body == {}
    assert dialtrail("divergence", "--now", "--as-of", "5")[0] == 2
