"""The answers that the page on the API shows have the fields that its description has, and no others."""

from pathlib import Path

import jsonschema_rs
import orjson
import pytest

from entrypoints.http.description import document
from tests.docs.shown import Shown, shown

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
ANSWERS = [
    block for block in shown(PAGE.name, PAGE.read_text()) if block.text.startswith("{") and '"position": ' in block.text
]
# Which POST each is an answer of, or where there is none which GET, and its status, in the page's order.
ANSWERED = (
    ("/v1/campaigns", "201"),
    ("/v1/campaigns/{id}/recipients", "200"),
    ("/v1/outcomes", "200"),
    ("/v1/campaigns/{id}/start", "202"),
    ("/v1/suppressions", "200"),
)
# What stands for a value that is like the one before it.
LIKE_THE_ONE_BEFORE = '": …'
ONE_BEFORE = '": {"calls": 0, "measured": 0, "seconds_total": 0.0, "seconds_max": 0.0, "seconds_mean": null}'


def faults(text: str, path: str, status: str) -> list[str]:
    """What of an answer is not as the description of the API says."""
    whole = document(needs_token=True)
    methods = whole["paths"][path]
    schema = (methods.get("post") or methods["get"])["responses"][status]["content"]["application/json"]["schema"]
    validator = jsonschema_rs.Draft202012Validator({**schema, "components": whole["components"]})
    return [error.message for error in validator.iter_errors(orjson.loads(text))]


@pytest.mark.parametrize(
    ("block", "path", "status"), [(block, *of) for block, of in zip(ANSWERS, ANSWERED, strict=True)]
)
def test_each_answer_that_is_shown_is_as_the_description_says(block: Shown, path: str, status: str) -> None:
    assert faults(block.text.replace(LIKE_THE_ONE_BEFORE, ONE_BEFORE), path, status) == []


@pytest.mark.parametrize("text", ["{}", '{"position": 1}'])
def test_an_answer_without_its_fields_is_found(text: str) -> None:
    assert faults(text, *ANSWERED[0]) != []
