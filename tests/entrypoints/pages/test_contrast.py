"""Each text on the ground that it stands on, in light and in dark: 4.5 to 1, as WCAG counts it."""

import re

import pytest

from entrypoints.pages.rendering import STATIC

CONTRAST_MIN = 4.5
PAIRS = [
    *(("text", ground) for ground in ("page", "surface", "raised")),
    *(("quiet", ground) for ground in ("page", "surface", "raised")),
    *(("link", ground) for ground in ("page", "surface", "raised")),
    ("on-accent", "accent"),
    ("bad", "surface"),
    *((name, f"{name}-back") for name in ("good", "wait", "bad", "info")),
]


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colours(scheme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", (STATIC / "style.css").read_text(), re.DOTALL)
    read = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    return read if scheme == "light" else read | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_its_ground(scheme: str) -> None:
    known = colours(scheme)
    found = {pair: round(contrast(known[pair[0]], known[pair[1]]), 2) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in found.items() if ratio < CONTRAST_MIN} == {}


def test_no_rule_stands_inside_another_but_in_a_question_about_the_medium() -> None:
    depth = 0
    for line in (STATIC / "style.css").read_text().splitlines():
        if line.startswith(("@media", "/*", ":root", "main", ".")):
            assert depth == 0, line
        depth += line.count("{") - line.count("}")
    assert depth == 0
