from typing import Any

import pytest

from adapters.documents.campaign import parse_campaign
from adapters.documents.input import parse_json
from domain.campaign import Limits, Plan
from domain.errors import InvalidInput
from tests.entrypoints.serving import FROM, SPRING

SLUG = "must be 1 to 64 of a-z, 0-9, '_' and '-', not starting with a sign, like spring_followup"
E164 = "is not a phone number in E.164 form; write it like +15551230001"
KEY = "k" * 64
NO_CALLER = (
    'must be a number in E.164 form like "+15551230001", or several like {"pool": ["+15551230001", "+15551230003"]}'
)
NO_NUMBER = "is not a phone number in E.164 form; write it like +15551230002"
NO_ZONE = "is not an IANA time zone; write it like Europe/Berlin"


def fault(given: object) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as raised:
        parse_campaign(given)
    return raised.value.field, raised.value.message


def test_what_is_left_out_has_its_default() -> None:
    assert parse_campaign(SPRING) == (
        "spring_followup",
        Plan(
            caller_number=FROM,
            record=False,
            metadata={},
            limits=Limits(calls_per_second=1.0, calls_at_once=10),
            rules_kinds=True,
        ),
    )


def test_all_that_may_be_said_is_in_the_plan() -> None:
    metadata = {f"{n:02}{KEY[2:]}": "v" * 256 for n in range(16)}
    given = {**SPRING, "record": True, "metadata": metadata, "limits": {"calls_per_second": 300, "calls_at_once": 1}}

    assert parse_campaign(given)[1] == Plan(
        caller_number=FROM,
        record=True,
        metadata=metadata,
        rules_kinds=True,
        limits=Limits(calls_per_second=300.0, calls_at_once=1),
    )


def test_a_whole_number_may_be_written_with_a_point_as_json_has_one_kind_of_number() -> None:
    assert parse_campaign({**SPRING, "limits": {"calls_at_once": 7.0}})[1].limits.calls_at_once == 7


def test_a_campaign_may_name_itself_in_its_metadata() -> None:
    assert parse_campaign({**SPRING, "metadata": {"campaign_id": "spring_followup"}})[0] == "spring_followup"


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"id": "Spring"}, "id", SLUG),
        ({"id": "-spring"}, "id", SLUG),
        ({"id": "spring followup"}, "id", SLUG),
        ({"id": ""}, "id", SLUG),
        ({"id": "s" * 65}, "id", SLUG),
        ({"id": "spring\n"}, "id", SLUG),
        ({"id": 5}, "id", "input should be a valid string"),
        ({"from": "15551230001"}, "from", E164),
        ({"from": "+1 555 123 0001"}, "from", E164),
        ({"from": "+\u0661555123000"}, "from", E164),
        ({"from": None}, "from", NO_CALLER),
        ({"from": ["+15551230001"]}, "from", NO_CALLER),
        ({"from": {}}, "from.pool", "is missing"),
        ({"from": {"pool": []}}, "from.pool", "list should have at least 1 item after validation, not 0"),
        ({"from": {"pool": ["+15551230001", "5"]}}, "from.pool[1]", NO_NUMBER),
        ({"from": {"pool": ["+15551230001"], "chose": "area"}}, "from.chose", "is not a field that is known here"),
        (
            {"from": {"pool": ["+15551230001"], "calls_a_day_max": 0}},
            "from.calls_a_day_max",
            "input should be greater than or equal to 1",
        ),
        ({"from": {"pool": ["+15551230001"], "zone": "Mars"}}, "from.zone", NO_ZONE),
        ({"record": "yes"}, "record", "input should be a valid boolean"),
        ({"record": 1}, "record", "input should be a valid boolean"),
        ({"metadata": []}, "metadata", "input should be a valid dictionary"),
        (
            {"metadata": {f"k{n}": "" for n in range(17)}},
            "metadata",
            "dictionary should have at most 16 items after validation, not more",
        ),
        ({"metadata": {"": "v"}}, "metadata.", "string should have at least 1 character"),
        ({"metadata": {KEY + "k": "v"}}, f"metadata.{KEY}k", "string should have at most 64 characters"),
        ({"metadata": {"k": "v" * 257}}, "metadata.k", "string should have at most 256 characters"),
        ({"metadata": {"k": 5}}, "metadata.k", "input should be a valid string"),
        ({"metadata": {"k": None}}, "metadata.k", "input should be a valid string"),
        ({"metadata": {"k": {"nested": "v"}}}, "metadata.k", "input should be a valid string"),
        (
            {"metadata": {"campaign_id": "autumn"}},
            "metadata.campaign_id",
            "is ours and must equal the campaign's id; leave it out",
        ),
        ({"metadata": {"attempt_id": "a"}}, "metadata.attempt_id", "is ours, another for each call; leave it out"),
        ({"limits": 5}, "limits", "input should be a valid dictionary or instance of LimitsInput"),
        ({"limits": {"calls_per_minute": 5}}, "limits.calls_per_minute", "is not a field that is known here"),
        (
            {"limits": {"calls_per_second": 0}},
            "limits.calls_per_second",
            "input should be greater than or equal to 0.001",
        ),
        (
            {"limits": {"calls_per_second": -1}},
            "limits.calls_per_second",
            "input should be greater than or equal to 0.001",
        ),
        (
            {"limits": {"calls_per_second": 1001}},
            "limits.calls_per_second",
            "input should be less than or equal to 1000",
        ),
        (
            {"limits": {"calls_per_second": float("nan")}},
            "limits.calls_per_second",
            "input should be a finite number",
        ),
        ({"limits": {"calls_per_second": "5"}}, "limits.calls_per_second", "input should be a valid number"),
        ({"limits": {"calls_per_second": True}}, "limits.calls_per_second", "input should be a valid number"),
        ({"limits": {"calls_at_once": 0}}, "limits.calls_at_once", "input should be greater than or equal to 1"),
        (
            {"limits": {"calls_at_once": 10_001}},
            "limits.calls_at_once",
            "input should be less than or equal to 10000",
        ),
        ({"limits": {"calls_at_once": 1.5}}, "limits.calls_at_once", "input should be a valid integer"),
        ({"colour": "red"}, "colour", "is not a field that is known here"),
        ({"policy": []}, "policy", "input should be a valid dictionary or instance of PolicyInput"),
        ({"script": {}}, "script.start", "is missing"),
    ],
)
def test_the_field_at_fault_is_named(change: dict[str, Any], field: str, message: str) -> None:
    assert fault({**SPRING, **change}) == (field, message)


def test_what_is_missing_is_named() -> None:
    assert fault({}) == ("id", "is missing")
    assert fault({"id": "spring_followup"}) == ("from", "is missing")


@pytest.mark.parametrize("given", [[], None, "spring", 5])
def test_anything_but_an_object_is_refused_with_an_example(given: object) -> None:
    assert fault(given) == (
        "campaign",
        'must be an object such as {"id": "spring_followup", "from": "+15551230001"}',
    )


@pytest.mark.parametrize("where", ["id", "from", "key", "value"])
def test_half_a_character_is_refused_wherever_it_stands(where: str) -> None:
    half = "\ud800"
    change: dict[str, Any] = {"metadata": {half if where == "key" else "k": half if where == "value" else "v"}}

    fault({**SPRING, **({where: half} if where in SPRING else change)})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is not JSON: Input is a zero-length, empty document in line 1, column 1"),
        (b'{"a": 1,\n\n "b" 2}', "is not JSON: unexpected character, expected ':' after key in line 3, column 6"),
        (b'"\xff"', "is not UTF-8"),
        (b'"\\ud800"', "is not JSON: no low surrogate in string in line 1, column 2"),
        (b"[NaN]", "is not JSON: unexpected character, expected a JSON value in line 1, column 2"),
        (b"[" * 200_000, "is nested deeper than 100 levels; write it flatter"),
        (b"9" * 10_000, "has a number of more than 40 digits, or as large; write it shorter, or in quotes"),
    ],
)
def test_json_that_cannot_be_read_is_refused_with_the_place(body: bytes, message: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_json(body)

    assert (raised.value.field, raised.value.message) == ("body", message)
