"""Complaints about a file as a page says them: they name the options of the command line and of the API, a page has fields."""

import re

FIELDS = {"region": "Country", "column": "Names of columns"}
_ELSEWHERE = re.compile(r"\(--(region|column) [^()]*, over HTTP [^()]*\)")


def on_a_page(reason: str) -> str:
    """A complaint by the names that the form of the page has."""
    return _ELSEWHERE.sub(lambda found: f"(the field {FIELDS[found[1]]})", reason)
