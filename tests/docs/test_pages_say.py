"""What the pages list is all that there is in the code."""

import re
from pathlib import Path
from typing import get_args

from entrypoints.doctor.finding import Part
from entrypoints.http.problems import KINDS
from entrypoints.settings import load_settings
from tests.docs.console import blocks
from tests.docs.findings import dangers

DOCS = Path(__file__).parents[2] / "docs"
NAME = re.compile(r"`([^`]+)`")


def rows(name: str, section: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    text = (DOCS / name).read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")][2:]


def test_each_problem_is_listed_with_what_to_do() -> None:
    listed = [
        name
        for cells in rows("troubleshooting.md", "An answer of the API is a problem")
        for name in NAME.findall(cells[0])
    ]

    assert sorted(listed) == sorted(KINDS)


def test_each_danger_that_doctor_can_find_is_listed_and_each_part() -> None:
    found = rows("troubleshooting.md", "What doctor finds")
    said = " ".join(cells[1].replace("``", "`") for cells in found)

    assert [text for text in dangers() if text not in said] == []
    assert {cells[0] for cells in found} == set(get_args(Part))


def test_the_glossary_is_in_alphabetical_order_and_says_each_word_once() -> None:
    words = [
        line.split("|")[1].strip() for line in (DOCS / "glossary.md").read_text().splitlines() if line.startswith("| ")
    ][1:]

    assert words == sorted(set(words), key=str.lower)


def test_the_settings_on_the_page_on_deploying_let_others_in_safely(tmp_path: Path) -> None:
    (settings,) = [one for one in blocks((DOCS / "deploy.md").read_text()) if one.title == "dialtrail.env"]
    file = tmp_path / "dialtrail.env"
    file.write_text(settings.text)
    file.chmod(0o600)

    loaded = load_settings({}, file)

    loaded.check_can_serve()
    assert (loaded.warnings, loaded.lets_others_in) == ((), "DIALTRAIL_PUBLIC_URL=https://calls.example.org")
    assert loaded.trusted_proxies
