"""What the pages list is all that there is in the code."""

from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_glossary_is_in_alphabetical_order_and_says_each_word_once() -> None:
    words = [
        line.split("|")[1].strip() for line in (DOCS / "glossary.md").read_text().splitlines() if line.startswith("| ")
    ][1:]

    assert words == sorted(set(words), key=str.lower)
