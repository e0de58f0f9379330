import json
from typing import Any

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

AT = "2026-05-29T12:00:00.000000Z"
ACCOUNT: dict[str, Any] = {
    "pause": {
        "cause": "provider",
        "code": "insufficient_balance",
        "status": 402,
        "body": '{"error":{"code":"insufficient_balance"}}',
        "at": AT,
        "reason": "the balance behind the key is used up",
        "probes": 1,
        "what_to_do": "add balance at MiniVoice, then resume",
    },
    "holds": [
        {
            "prefix": "+1555",
            "code": "rate_not_found",
            "body": "{}",
            "at": AT,
            "reason": "MiniVoice has no rate for this destination",
            "what_to_do": "ask MiniVoice for a rate for this destination, then release it",
        }
    ],
    "holds_in_all": 3,
    "limits": {"calls_per_second": 4.5, "calls_at_once": 20},
    "usages": [
        {
            "from": AT,
            "to": AT,
            "calls": 42,
            "billsec_seconds": 60,
            "cost_amount": "12.50",
            "cost_currency": "EUR",
            "at": AT,
        }
    ],
    "position": 1234,
}
NOTHING: dict[str, Any] = {"pause": None, "holds": [], "holds_in_all": 0, "limits": {}, "usages": [], "position": 0}


def test_it_says_what_holds_it_up_and_what_it_holds_back(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/account", ACCOUNT)

    code, data, talk = dialtrail("account", "show")

    assert (code, talk) == (0, "")
    assert data.splitlines() == [
        f"the whole account is paused by provider at {AT}: 402 insufficient_balance",
        "the balance behind the key is used up",
        'MiniVoice said: {"error":{"code":"insufficient_balance"}}',
        "what to do: add balance at MiniVoice, then resume",
        "found out: calls_at_once 20, calls_per_second 4.5",
        "",
        "spent since                  calls       cost  as MiniVoice said at",
        f"{AT}     42  12.50 EUR  {AT}",
        "",
        "held   code            since                        MiniVoice said",
        f"+1555  rate_not_found  {AT}  {{}}",
        "and 2 more",
        "MiniVoice has no rate for this destination: ask MiniVoice for a rate for this destination, then release it",
    ]
    assert json.loads(dialtrail("account", "show", "--json").data) == ACCOUNT


def test_what_of_the_usage_could_not_be_read_is_a_dash(dialtrail: Run, api: FakeApi) -> None:
    (usage,) = ACCOUNT["usages"]
    unread = [{"calls": None}, {"cost_amount": None}, {"calls": None, "cost_amount": None, "cost_currency": None}]
    api.answers("GET", "/v1/account", {**NOTHING, "usages": [usage | one for one in unread]})

    assert dialtrail("account", "show").data.splitlines()[2:] == [
        "spent since                  calls       cost  as MiniVoice said at",
        f"{AT}      -  12.50 EUR  {AT}",
        f"{AT}     42      - EUR  {AT}",
        f"{AT}      -        - -  {AT}",
    ]


def test_where_nothing_is_wrong_it_says_so_also_of_the_past(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/account?as_of=7", NOTHING)

    assert dialtrail("account", "show", "--as-of", "7") == (0, "not paused\n", "")


def test_holds_are_lifted(dialtrail: Run, api: FakeApi) -> None:
    path = "/v1/account/holds/+1555"
    api.answers("DELETE", path, {"prefix": "+1555", "released": 2, "position": 9})
    assert dialtrail("account", "release", "+1555") == (0, "+1555: 2 holds are lifted\n", "")
    assert json.loads(dialtrail("account", "release", "+1555", "--json").data)["released"] == 2


def test_where_nothing_was_held_the_next_command_is_told(dialtrail: Run, api: FakeApi) -> None:
    api.answers("DELETE", "/v1/account/holds/+49", {"prefix": "+49", "released": 0, "position": 9})

    assert dialtrail("account", "release", "+49") == (
        0,
        "+49: 0 holds are lifted\n",
        "to see what is held: dialtrail account show\n",
    )
