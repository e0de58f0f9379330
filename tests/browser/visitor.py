"""Somebody at a browser: what they see and do, and what the browser complains of meanwhile."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Response, ViewportSize, expect

from tests.browser.site import TOKEN_OF, Site

WIDE = ViewportSize(width=1280, height=900)
NARROW = ViewportSize(width=360, height=740)
WAIT_MILLISECONDS_MAX = 45_000
WATCH = """
window.ran = () => { window.hasRun = true; console.error("a text from outside ran as a script"); };
window.alert = window.ran;
document.addEventListener("securitypolicyviolation",
  (event) => console.error(`against the policy: ${event.violatedDirective} ${event.blockedURI}`));
"""

Scheme = Literal["light", "dark"]


class Visitor:
    """One window. `faults` are errors in its console, mistakes in scripts, dialogs, and answers that failed."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.site = site
        self.context = context
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self._allowed: set[int] = set()
        self.page.set_default_timeout(WAIT_MILLISECONDS_MAX)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("dialog", self._on_dialog)
        self.page.on("response", self._on_response)

    def sign_in(self, role: str, going_to: str = "/") -> None:
        """By the form, as everybody does."""
        self.go(f"/sign-in?next={going_to}")
        self.page.get_by_label("Token").fill(TOKEN_OF[role])
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(self.site.url + going_to)

    def go(self, path: str, status: int = 200) -> None:
        """Load a page."""
        self.allow(status)
        answer = self.page.goto(self.site.url + path)
        assert answer is not None
        assert answer.status == status, (path, answer.status, self.text("main"))

    def begin_anew(self) -> None:
        """As in a window that was just opened: wide and light, and nothing was complained of or allowed yet."""
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(color_scheme="light")
        self.faults.clear()
        self._allowed.clear()

    def allow(self, status: int) -> None:
        """An answer like this is wanted here."""
        self._allowed.add(status)

    def text(self, selector: str) -> str:
        """What is to be read there."""
        return self.page.locator(selector).inner_text()

    def figure(self, name: str) -> int:
        """One of the campaign's figures."""
        return int(self.text(f"#figure-{name} dd >> nth=0").replace(",", ""))

    def answer_in(self, selector: str, wanted: str) -> None:
        """Wait until this is to be read there."""
        expect(self.page.locator(selector)).to_contain_text(wanted, timeout=WAIT_MILLISECONDS_MAX)

    def figure_in(self, name: str, wanted: str) -> None:
        """Wait until one of the campaign's figures matches this."""
        figure = self.page.locator(f"#figure-{name} dd").first
        expect(figure).to_have_text(re.compile(f"^({wanted})$"), timeout=WAIT_MILLISECONDS_MAX)

    def take_picture(self, folder: Path | None, name: str, *, full: bool = True) -> None:
        """Keep what is seen, of the whole page or of its beginning."""
        if folder is not None:
            self.page.screenshot(path=folder / f"{name}.png", full_page=full)

    def check(self) -> None:
        """Nothing was complained of."""
        assert not self.faults, self.faults
        assert not self.page.evaluate("() => window.hasRun === true"), "a text from outside ran as a script"

    def _on_console(self, message: ConsoleMessage) -> None:
        is_expected = any(f"status of {status}" in message.text for status in self._allowed - {200})
        if message.type in {"error", "warning"} and not is_expected:
            self.faults.append(f"{message.type}: {message.text} at {self.page.url}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._allowed:
            self.faults.append(f"{response.status} from {response.url}")


@contextmanager
def visiting(browser: Browser, site: Site, **options: Any) -> Iterator[Visitor]:
    """A window of its own, with no cookies; fails at its end where the browser complained."""
    context = browser.new_context(**{"viewport": WIDE, "color_scheme": "light", "locale": "en-GB", **options})
    try:
        context.add_init_script(WATCH)
        visitor = Visitor(context, site)
        yield visitor
        if options.get("java_script_enabled", True):
            visitor.check()
    finally:
        context.close()
