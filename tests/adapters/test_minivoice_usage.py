"""What answers to the question for what was spent mean."""

import json
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.minivoice_answers import LookupFailed
from adapters.minivoice_usage import FIGURES, read_usage, usage_drift
from domain.account import UsageObserved
from tests.adapters.minivoice_server import payload

WINDOW = (datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))

DOCUMENTED = UsageObserved(
    window_from=WINDOW[0],
    window_to=WINDOW[1],
    calls=42,
    billsec_seconds=3600,
    cost_amount="12.50",
    cost_currency="EUR",
    body="",
)


def text(name: str) -> str:
    return payload(name).decode()


def envelope(code: str) -> str:
    return json.dumps({"error": {"code": code, "message": "said so"}})


@pytest.mark.parametrize("wrap", ["%s", '{"data":%s}'])
def test_the_documented_usage_is_read_with_its_money_as_it_stands(wrap: str) -> None:
    body = wrap % text("usage-response.json")

    assert read_usage(*WINDOW, 200, body.encode()) == replace(DOCUMENTED, body=body)


def test_usage_is_of_the_window_that_the_provider_names() -> None:
    body = text("usage-response.json").replace("2026-06-01", "2026-05-08")
    usage = read_usage(*WINDOW, 200, body.encode())

    assert isinstance(usage, UsageObserved)
    assert (usage.window_from, usage.window_to) == (WINDOW[0], datetime(2026, 5, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("cost_amount", 0.1 + 0.2, "summary.cost_amount: is not a decimal string"),
        ("cost_amount", True, "summary.cost_amount: is not a decimal string"),
        ("cost_amount", None, "summary.cost_amount: is missing"),
        ("cost_amount", "1,250", "summary.cost_amount: is not a decimal string"),
        ("cost_amount", "12,50", "summary.cost_amount: is not a decimal string"),
        ("cost_amount", "NaN", "summary.cost_amount: is not a decimal string"),
        ("cost_currency", None, "summary.cost_currency: is missing"),
        ("cost_currency", 978, "summary.cost_currency: is not a string"),
        ("cost_currency", "", "summary.cost_currency: is not a string"),
        ("calls", "many", "summary.calls: is not a whole number"),
        ("calls", None, "summary.calls: is missing"),
        ("calls", True, "summary.calls: is not a whole number"),
        ("billsec_seconds", -1, "summary.billsec_seconds: is not a whole number"),
        ("billsec_seconds", 1.5, "summary.billsec_seconds: is not a whole number"),
    ],
)
def test_a_figure_that_cannot_be_read_is_not_known_and_costs_the_others_nothing(
    name: str, value: object, why: str
) -> None:
    body = json.dumps(changed(**{name: value}))

    expected = replace(DOCUMENTED, body=body, **{name: None})
    assert (read_usage(*WINDOW, 200, body.encode()), usage_drift(body)) == (expected, (why,))


@pytest.mark.parametrize("names", [*combinations(FIGURES, 2), *combinations(FIGURES, 3)], ids="-".join)
@pytest.mark.parametrize("is_bare", [False, True], ids=["wrapped", "bare"])
def test_whatever_figures_can_be_read_count(names: tuple[str, ...], is_bare: bool) -> None:
    answer = changed(**dict.fromkeys(names))
    body = json.dumps(answer["summary"] if is_bare else answer)

    assert read_usage(*WINDOW, 200, body.encode()) == replace(DOCUMENTED, body=body, **dict.fromkeys(names))


def test_totals_without_a_figure_that_can_be_read_are_none() -> None:
    body = json.dumps(changed(calls="many", billsec_seconds=None, cost_amount="1,250", cost_currency=978))

    why = (
        "summary.calls: is not a whole number; summary.billsec_seconds: is missing; "
        "summary.cost_amount: is not a decimal string; summary.cost_currency: is not a string"
    )
    assert read_usage(*WINDOW, 200, body.encode()) == LookupFailed(why=why, status=200, body=body)


@pytest.mark.parametrize(
    ("status", "body", "why", "code"),
    [
        (200, "", "summary: is missing", None),
        (200, '{"summary":null}', "summary: is missing", None),
        (200, '{"summary":[]}', "summary: is not an object", None),
        (401, envelope("unauthorized"), "HTTP 401", "unauthorized"),
        (503, "", "HTTP 503", None),
    ],
)
def test_no_usage_is_a_failed_lookup(status: int, body: str, why: str, code: str | None) -> None:
    assert read_usage(*WINDOW, status, body.encode()) == LookupFailed(why=why, status=status, code=code, body=body)


def changed(**summary: object) -> dict[str, Any]:
    """The documented answer, with other totals."""
    answer: dict[str, Any] = json.loads(text("usage-response.json"))
    answer["summary"] |= summary
    return answer


@pytest.mark.parametrize(
    ("answer", "drift"),
    [
        (changed(), ()),
        (changed(cost_amount=12.5), ("summary.cost_amount: is a number",)),
        (changed(cost_amount=" 12.5 "), ("summary.cost_amount: has spaces around it",)),
        (changed(cost_currency="eur "), ("summary.cost_currency: is not spelled as documented",)),
        (
            changed(calls="42", billsec_seconds=3600.0),
            ("summary.calls: is a text", "summary.billsec_seconds: is a fraction"),
        ),
        (changed()["summary"], ("summary: is missing, and what should be in it stands bare",)),
        ([changed()], ()),
        ({"data": [changed()]}, ()),
        ({"summary": json.dumps(changed()["summary"])}, ("summary: is not an object",)),
        ({**changed(), "from": 1777593600}, ("from: is not a text",)),
        ({**changed(), "to": "soon"}, ("to: is not an RFC 3339 time",)),
    ],
)
def test_usage_that_is_not_as_documented_is_read_field_by_field(answer: Any, drift: tuple[str, ...]) -> None:
    body = json.dumps(answer)
    usage = read_usage(*WINDOW, 200, body.encode())

    assert isinstance(usage, UsageObserved), usage
    assert usage.cost_amount is not None
    assert float(usage.cost_amount) == 12.5
    assert (usage.calls, usage.billsec_seconds, usage.cost_currency) == (42, 3600, "EUR")
    assert (usage.window_from, usage.window_to, usage.body) == (*WINDOW, body)
    assert usage_drift(usage.body) == drift


@pytest.mark.parametrize(
    ("around", "drift"),
    [
        (b"\xef\xbb\xbf%s", "body: begins with a byte order mark"),
        (b'{"name":"caf\xe9","data":%s}', "body: has bytes that are no characters"),
    ],
)
def test_odd_bytes_cost_the_figures_nothing(around: bytes, drift: str) -> None:
    usage = read_usage(*WINDOW, 200, around % payload("usage-response.json"))

    assert isinstance(usage, UsageObserved)
    assert (usage.cost_amount, usage_drift(usage.body)) == ("12.50", (drift,))
