"""When call.gathered is sent: before, during or after the fetch of the redirect that follows its gather."""

from typing import Literal

from entrypoints.sandbox.announcer import Announcer, Notice
from entrypoints.sandbox.book import Book
from entrypoints.sandbox.calls import Call
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.patience import Patience
from entrypoints.sandbox.settings import Live

REPORT_WAIT_SECONDS = 2.0
"""The longest wait for a report's first try before the redirect is fetched."""
Moment = Literal["before", "during", "after"]
MOMENTS: tuple[Moment, ...] = ("before", "during", "after")


class Reports:
    """Of one call; none is lost, as `rest` sends what is left at the script's end."""

    def __init__(self, live: Live, chance: Chance, announcer: Announcer, patience: Patience) -> None:
        self._live = live
        self._chance = chance
        self._announcer = announcer
        self._patience = patience
        self._due: list[tuple[Moment, float, Notice]] = []

    async def report(self, call: Call, book: Book, data: dict[str, object], *, redirect_follows: bool) -> None:
        """The gather that is just over; without a redirect behind it, its report is sent at once."""
        notice = self._announcer.write(call, "call.gathered", data)
        about = (book.gathers, *call.subject)
        after_seconds = self._chance.seconds(self._live.settings.gather_report_seconds, "report after", *about)
        moment = self._moment(about)
        if redirect_follows and moment != "before":
            self._due.append((moment, after_seconds, notice))
            book.reports_due = len(self._due)
            return
        delivery = self._announcer.send(notice, after_seconds=after_seconds)
        if redirect_follows and not delivery.held:
            await self._patience.until(delivery.attempted, after_seconds + REPORT_WAIT_SECONDS)

    def fetch_begins(self, book: Book) -> None:
        self._send(book, {"during"})

    def rest(self, book: Book) -> None:
        """The fetch is over, or the script is."""
        self._send(book, set(MOMENTS))

    def _send(self, book: Book, moments: set[Moment]) -> None:
        due, self._due = self._due, [report for report in self._due if report[0] not in moments]
        for moment, after_seconds, notice in due:
            if moment in moments:
                self._announcer.send(notice, after_seconds=after_seconds)
        book.reports_due = len(self._due)

    def _moment(self, about: tuple[object, ...]) -> Moment:
        chosen = self._live.settings.gather_report
        return MOMENTS[self._chance.whole(0, len(MOMENTS) - 1, "report", *about)] if chosen == "mixed" else chosen
