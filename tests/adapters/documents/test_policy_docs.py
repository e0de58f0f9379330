"""What the pages say of the policy is what the code has."""

import re
import tomllib
from pathlib import Path
from textwrap import dedent

import orjson
import pytest

from adapters.documents.campaign import parse_campaign
from adapters.documents.policy import PolicyInput
from adapters.documents.policy_shown import shown_policy
from domain.dialing import RULES, SEARCHED_DAYS_MAX
from domain.policy import PRESETS, Policy

DOCS = Path(__file__).parents[3] / "docs"
NAME = re.compile(r"`([^`]+)`")


def section(page: str, title: str) -> str:
    """What stands under a heading, to the next one as high."""
    level = len(title.partition(" ")[0])
    text = (DOCS / page).read_text().partition(f"\n{title}\n")[2]
    return re.split(rf"^#{{1,{level}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def first_cells(text: str) -> list[str]:
    """What stands in backticks in the first cell of each row."""
    return [name for line in text.splitlines() if line.startswith("|") for name in NAME.findall(line.split("|")[1])]


def examples() -> list[str]:
    """The indented blocks of the section on the policy."""
    blocks = re.findall(r"(?:^(?: {4}.*)?\n)+", section("api.md", "## Policy"), re.MULTILINE)
    return [dedent(block) for block in blocks if block.strip()]


def test_the_api_page_has_every_field_of_a_policy_once() -> None:
    assert sorted(first_cells(section("api.md", "## Policy"))) == sorted(PolicyInput.model_fields)


def test_the_examples_have_every_field_and_say_the_same() -> None:
    as_json, as_toml = (orjson.loads(examples()[0]), tomllib.loads(examples()[1]))
    campaign_id, plan = parse_campaign(as_json)

    assert (campaign_id, plan) == parse_campaign(orjson.loads(orjson.dumps(as_toml)))
    assert {*as_json["policy"]} == {*Policy.__struct_fields__}
    assert plan.policy is not None
    assert parse_campaign({**as_json, "policy": shown_policy(plan.policy, sees_numbers=True)})[1] == plan


def test_the_api_page_has_every_rule() -> None:
    assert sorted(first_cells(section("api.md", "## Recipients"))) == sorted(RULES)
    assert f"within {SEARCHED_DAYS_MAX} days" in section("api.md", "## Recipients")


@pytest.mark.parametrize("name", PRESETS)
def test_the_operators_page_has_each_preset_with_its_date_and_source(name: str) -> None:
    preset = PRESETS[name]  # type: ignore[index]
    text = section("operating.md", "### Presets")

    assert first_cells(text) == [*PRESETS]
    assert preset.as_of.isoformat() in text
    assert preset.source.rpartition(", ")[0] in text
