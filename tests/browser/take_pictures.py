"""Take the README's pictures: the demo's campaign, and the most remarkable of its calls. `scripts/pictures` starts it."""

import sys
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import FloatRect, Page, ViewportSize, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, find_chromium
from tests.browser.served_demo import served_demo

RECIPIENTS = 40
SIZE = ViewportSize(width=1180, height=860)
MARGIN = 24
BYTES_MAX = 200_000
# The page looks again every fifteen seconds.
CHART_MILLISECONDS_MAX = 60_000


def main(folder: Path) -> None:
    """Into this folder: campaign.png and call.png."""
    folder.mkdir(parents=True, exist_ok=True)
    chromium = find_chromium()
    if chromium is None:
        sys.exit("scripts/pictures: there is no Chromium on PATH; on Debian: apt-get install chromium")
    with served_demo(RECIPIENTS) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(url)
        expect(page.locator("#live-pace svg")).to_be_visible(timeout=CHART_MILLISECONDS_MAX)
        _take(page, folder / "campaign.png", "#live-outcomes")
        base = url.removesuffix("/campaigns/demo")
        page.goto(f"{base}/calls/{_remarkable(base)}?view=timeline")
        _take(page, folder / "call.png", "section:has(> #journey)")
        browser.close()


def _take(page: Page, path: Path, last: str) -> None:
    """From the top down to the end of a part of the page."""
    end = page.locator(last).bounding_box()
    assert end is not None
    clip = FloatRect(x=0, y=0, width=SIZE["width"], height=end["y"] + end["height"] + MARGIN)
    page.screenshot(path=path, full_page=True, clip=clip)
    bytes_count = path.stat().st_size
    if bytes_count > BYTES_MAX:
        sys.exit(f"scripts/pictures: {path} has {bytes_count:,} bytes, more than {BYTES_MAX:,}")
    print(path, f"{bytes_count:,} bytes")  # noqa: T201 - what a script says


def _remarkable(base: str) -> str:
    """The call of which there is most to see."""
    calls: list[dict[str, Any]] = httpx.get(
        f"{base}/v1/calls?campaign=demo&outcome=completed&limit=100", trust_env=False
    ).json()["items"]
    timelines: dict[str, list[dict[str, Any]]] = {
        one["call_id"]: httpx.get(f"{base}/v1/calls/{one['call_id']}/timeline", trust_env=False).json()["entries"]
        for one in calls
    }
    return max(timelines, key=lambda call_id: (sum(len(one["notes"]) for one in timelines[call_id]), call_id))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
