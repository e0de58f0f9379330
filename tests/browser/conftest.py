"""The tests at a browser: one Dialtrail and one Chromium for all that a worker runs."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright

from tests.browser.site import Site, fill, running_site
from tests.browser.visitor import Visitor, visiting

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
REQUIRED = "required"

Visit = Callable[..., Visitor]


def _setting(name: str) -> str:
    return os.environ.get(name, "")  # noqa: TID251 - how the tests are run


def find_chromium() -> str | None:
    """Where the machine's Chromium is; None where it has none."""
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


def no_browser(asked_for: str) -> NoReturn:
    """Skip, with the reason; fail where a browser is required."""
    reason = f"no browser: none of {', '.join(CHROMIUM_NAMES)} is on PATH; on Debian: apt-get install chromium"
    if asked_for == REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


# Not for the whole session: while Playwright is there, a thread cannot run an event loop of its own, as other tests do.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; skips where there is none, unless BROWSER_TESTS=required."""
    chromium = find_chromium() or no_browser(_setting("BROWSER_TESTS"))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One with nothing in it."""
    with running_site(tmp_path_factory.mktemp("empty")) as site:
        yield site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One with everything in it."""
    with running_site(tmp_path_factory.mktemp("site")) as site:
        fill(site)
        yield site


@pytest.fixture(scope="session")
def sessions() -> dict[tuple[str, str], StorageState]:
    """The cookies of those who are signed in, by site and role."""
    return {}


@pytest.fixture
def visit(
    browser: Browser, request: pytest.FixtureRequest, sessions: dict[tuple[str, str], StorageState]
) -> Iterator[Visit]:
    """Opens a window on a site, signed in with a role where one is given; its complaints fail the test."""
    with _visits(browser, request, sessions) as opened:
        yield opened


@pytest.fixture(scope="module")
def visit_all(
    browser: Browser, request: pytest.FixtureRequest, sessions: dict[tuple[str, str], StorageState]
) -> Iterator[Visit]:
    """The same, of a window in which all tests of a file look at one page after another: opening it takes most of a second."""
    with _visits(browser, request, sessions) as opened:
        yield opened


@contextmanager
def _visits(
    browser: Browser, request: pytest.FixtureRequest, sessions: dict[tuple[str, str], StorageState]
) -> Iterator[Visit]:
    with ExitStack() as windows:

        def opened(role: str | None = None, on: Site | None = None, **options: object) -> Visitor:
            site = on or request.getfixturevalue("site")
            if role is not None and (site.url, role) not in sessions:
                with visiting(browser, site) as signing_in:
                    signing_in.sign_in(role)
                    sessions[site.url, role] = signing_in.context.storage_state()
            if role is not None:
                options["storage_state"] = sessions[site.url, role]
            return windows.enter_context(visiting(browser, site, **options))

        yield opened


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Where pictures are kept; None where nobody asked for them, for they take half of a page's time."""
    asked_for = _setting("BROWSER_PICTURES")
    if not asked_for:
        return None
    folder = Path(asked_for)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
