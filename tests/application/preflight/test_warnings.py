"""What should be known before a start."""

import re
from pathlib import Path
from typing import Any

import pytest

from application.preflight import warnings as preflight_warnings
from tests.application.preflight.looking_ahead import BERLIN, DAYTIME, PATH, created, looked, people, warned
from tests.entrypoints.serving import OTHER, SECRET, TO, Serving, play

RINGS_AGAIN = {"not_reached": {"after_seconds": 5}}
WARNINGS: list[tuple[dict[str, Any], list[dict[str, Any]], list[str]]] = [
    ({}, [], ["nobody_enrolled"]),
    ({}, people(2, BERLIN), []),
    ({}, people(2, None), ["unknown_numbers"]),
    ({"policy": DAYTIME}, people(2, None), ["zone_unknown"]),
    ({"policy": {**DAYTIME, "default_zone": BERLIN}}, people(2, None), ["unknown_numbers"]),
    (
        {"policy": {"hours": {"monday": ["09:00-09:30"]}}},
        [{"number": "+61412345678", "zone": None}],
        ["no_common_hour"],
    ),
    ({"script": None}, people(2, BERLIN), ["no_script"]),
    (
        {"script": None, "record": True, "policy": {"starts_at": "2026-06-01T00:00:00Z"}},
        people(2, BERLIN),
        ["not_started_yet", "no_script"],
    ),
    ({"script": None}, [], ["nobody_enrolled", "no_script"]),
    ({"policy": {"only": ["+15552000000"]}}, people(2, BERLIN), ["only_list"]),
    ({"policy": {"starts_at": "2026-06-01T00:00:00Z"}}, people(2, BERLIN), ["not_started_yet"]),
    ({"policy": {"retry": RINGS_AGAIN, "answer_grace_seconds": 0}}, people(2, BERLIN), ["no_answer_grace"]),
    ({"policy": {"retry": RINGS_AGAIN}}, people(2, BERLIN), []),
    ({"policy": {"answer_grace_seconds": 0}}, people(2, BERLIN), []),
    ({"policy": {"ends_at": "2026-05-29T12:00:01Z"}}, people(5, BERLIN), ["ends_too_soon"]),
    ({"policy": {"budget": {"calls_max": 1}}}, people(2, BERLIN), ["budget_too_small"]),
]


@pytest.mark.parametrize(
    ("plan", "rows", "about"), WARNINGS, ids=[",".join(about) or "none" for _, _, about in WARNINGS]
)
def test_what_should_be_known_before_the_start_is_warned_of(
    tmp_path: Path, plan: dict[str, Any], rows: list[dict[str, Any]], about: list[str]
) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, rows, **plan)
        assert await warned(stage) == about

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_what_is_set_at_the_installation_is_warned_of_too_and_an_ended_campaign(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, [{"number": TO, "zone": BERLIN}, {"number": OTHER, "zone": BERLIN}])
        found = await looked(stage)
        assert [one["about"] for one in found["warnings"]] == ["no_webhook_secret", "only_numbers"]
        assert (found["callable_now"], found["not_dialable"]) == (1, {"not_in_only_numbers": 1})
        await stage.client.post(f"{PATH}/cancel")
        assert await warned(stage) == ["campaign_ended", "no_webhook_secret", "only_numbers"]

    play(tmp_path, scene, DIALTRAIL_ONLY_NUMBERS=TO)


def test_every_warning_is_on_the_operating_page() -> None:
    named = re.findall(r'Warned\("([a-z_]+)"', Path(preflight_warnings.__file__).read_text())
    page = (Path(__file__).parents[3] / "docs" / "operating.md").read_text()
    assert {name for name in named if f"`{name}`" not in page} == set()
    assert {about for _, _, some in WARNINGS for about in some} < set(named)
