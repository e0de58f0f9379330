"""Rules and dashboard: what they ask for is there, and Prometheus understands it."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client.parser import text_string_to_metric_families

from tests.entrypoints.serving import Serving, play

FOLDER = Path(__file__).parents[3] / "docs" / "deploy" / "monitoring"
RULES = [one for group in yaml.safe_load((FOLDER / "rules.yaml").read_text())["groups"] for one in group["rules"]]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
PROMTOOL = shutil.which("promtool")
NO_PROMTOOL = "no promtool here; on Debian: apt-get install prometheus"
COLUMNS = 24  # of Grafana
NAME = re.compile(r"\b(?:dialtrail|process)_[a-z_]+")
SAMPLES: Mapping[str, tuple[str, ...]] = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
}


def expressions() -> Iterator[str]:
    """All that rules and dashboard ask Prometheus for."""
    yield from (one["expr"] for one in RULES)
    yield from (target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ()))
    yield from (one["query"] for one in DASHBOARD["templating"]["list"])


def test_each_metric_that_is_asked_for_is_there(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        families = text_string_to_metric_families((await stage.client.get("/metrics")).text)
        there = {one.name + ending for one in families for ending in SAMPLES.get(one.type, ("",))}
        asked = {name for expression in expressions() for name in NAME.findall(expression)}
        assert len(asked) > 25
        assert sorted(asked - there) == []

    play(tmp_path, scene)


def test_each_rule_says_what_is_wrong_and_what_to_do() -> None:
    for one in RULES:
        assert set(one["annotations"]) == {"summary", "what_to_do"}, one
        assert one["labels"]["severity"] in {"page", "look"}, one
    assert len({one["alert"] for one in RULES}) == len(RULES)


def test_the_panels_of_the_dashboard_have_names_and_do_not_overlap() -> None:
    panels: list[dict[str, Any]] = DASHBOARD["panels"]
    assert len({one["id"] for one in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for one in panels:
        place = one["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert one["title"]
        assert not cells & taken, one["title"]
        assert place["x"] + place["w"] <= COLUMNS, one["title"]
        taken |= cells


@pytest.mark.skipif(PROMTOOL is None, reason=NO_PROMTOOL)
def test_prometheus_understands_the_rules_and_they_ring_when_they_shall() -> None:
    for command in (["check", "rules", "rules.yaml"], ["test", "rules", "rules_test.yaml"]):
        done = subprocess.run(
            [str(PROMTOOL), *command],
            cwd=FOLDER,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
