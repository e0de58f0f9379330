"""The page of a bundle, as whoever is given one opens it: a file, on a screen or a telephone, without a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from application.evidence.verifier import page as made
from application.evidence.verifier.notes import TreeHead
from tests.application.evidence.test_basis import DECLINED, MARY, RENEWAL, SUPPRESSED, attempt, stored, used
from tests.browser.examining import WIDER
from tests.browser.test_accessibility import EVERYTHING, PHONE, faults

SCREEN = ViewportSize(width=1280, height=900)
BROKEN_HEADS = """
() => [...document.querySelectorAll("th")].filter((one) => {
  const words = document.createRange();
  words.selectNodeContents(one);
  return words.getClientRects().length > one.textContent.trim().split(" ").length;
}).map((one) => one.textContent)
"""
AT_THE_SIDE = '() => [...document.querySelectorAll(".wide")].filter((one) => one.scrollWidth > one.clientWidth).length'


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """With a consent, a refusal, a suppression, and two attempts."""
    events = stored(
        (MARY, RENEWAL), (MARY, used()), (MARY, attempt()), (MARY, DECLINED), (MARY, SUPPRESSED), (MARY, attempt("a-2"))
    )
    (tmp_path / "index.html").write_bytes(made.page("number", "+15550100002", TreeHead("log.example", 6, b""), events))
    shown = browser.new_page()
    shown.goto((tmp_path / "index.html").as_uri())
    yield shown
    shown.close()


@pytest.mark.parametrize(("size", "moves"), [(PHONE, True), (SCREEN, False)])
def test_it_fits_the_screen_breaks_no_head_and_axe_finds_nothing(
    opened: Page, size: ViewportSize, *, moves: bool
) -> None:
    opened.set_viewport_size(size)
    assert opened.evaluate(WIDER.replace(".scroll,", ".wide,")) == []
    assert opened.evaluate(BROKEN_HEADS) == []
    assert (opened.evaluate(AT_THE_SIDE) > 0) is moves
    opened.emulate_media(color_scheme="dark")
    assert faults(opened, EVERYTHING) == []
