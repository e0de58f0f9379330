"""`dialtrail recipients decline` says what holds now."""

from typing import Any

import pytest

from entrypoints.cli.declining import in_words

DONE = {"number": "+15551230002", "purpose": "sales", "declined": True, "changed": True, "reason": None, "until": None}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "declined to be called about sales"),
        ({"reason": "declined", "until": "T"}, "declined to be called about sales until T"),
        ({"reason": "outside_hours", "until": "T"}, "declined to be called about sales"),
        ({"changed": False}, "declined to be called about sales, as was known"),
        ({"declined": False}, "may be called about sales"),
        ({"declined": False, "changed": False}, "may be called about sales, as before"),
    ],
)
def test_it_says_what_holds(more: dict[str, Any], words: str) -> None:
    assert in_words({**DONE, **more}) == f"+15551230002: {words}"


@pytest.mark.parametrize(("changed", "words"), [(True, "lifted for sales"), (False, "nothing to lift here for sales")])
def test_it_says_what_a_lifting_leaves(changed: bool, words: str) -> None:
    said = in_words({**DONE, "changed": changed}, is_lifted=True)
    assert said.startswith(f"+15551230002: {words}, but what they declined of other campaigns")
