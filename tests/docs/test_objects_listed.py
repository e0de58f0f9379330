"""Where the page on the API lists an object's fields, they are those of the description that programs read."""

import re
from pathlib import Path

from entrypoints.http.description import document

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
FIELDS = re.compile(r'\{\s*"\w+"(?:,\s*"\w+")+\s*\}')
# Fewer may be an example of what is sent, or a part of an object.
FIELDS_MIN = 6


def test_each_object_has_the_fields_that_the_page_lists() -> None:
    described = {
        frozenset(one.get("properties", ())) for one in document(needs_token=True)["components"]["schemas"].values()
    }

    listed = [frozenset(re.findall(r"\w+", found)) for found in FIELDS.findall(PAGE.read_text())]
    large = [one for one in listed if len(one) >= FIELDS_MIN]
    assert [sorted(one) for one in large if one not in described] == []
    assert len(large) > 20
