"""`dialtrail recipients consent` says what was recorded."""

import pytest

from entrypoints.cli.consents import in_words


@pytest.mark.parametrize(
    ("consent_id", "changed", "words"),
    [
        ("c1", True, "consent c1 recorded"),
        ("c1", False, "consent c1 was recorded before"),
        (None, True, "consent taken back"),
        (None, False, "consent was taken back before"),
    ],
)
def test_it_says_what_was_recorded(consent_id: str | None, changed: bool, words: str) -> None:
    done = {"number": "+15551230002", "consent_id": consent_id, "changed": changed}
    assert in_words(done) == f"+15551230002: {words}"
