"""Runs the scripts of calls: a task for each, which is cut off when its call ends otherwise."""

import asyncio
from collections import Counter

from entrypoints.sandbox.announcer import Announcer
from entrypoints.sandbox.book import Book, Ending
from entrypoints.sandbox.calls import Call
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.journal import Journal
from entrypoints.sandbox.patience import Patience
from entrypoints.sandbox.script.fetching import Fetcher
from entrypoints.sandbox.script.reports import Reports
from entrypoints.sandbox.script.run import CallLine, Run
from entrypoints.sandbox.settings import Live


class Performer:
    def __init__(
        self,
        live: Live,
        chance: Chance,
        announcer: Announcer,
        patience: Patience,
        fetcher: Fetcher,
        journal: Journal,
    ) -> None:
        self._live = live
        self._chance = chance
        self._announcer = announcer
        self._patience = patience
        self._fetcher = fetcher
        self._journal = journal
        self._tasks: set[asyncio.Task[None]] = set()
        self._faults: list[BaseException] = []
        self.endings: Counter[str] = Counter()

    def begin(self, call: Call, book: Book, line: CallLine) -> None:
        reports = Reports(self._live, self._chance, self._announcer, self._patience)
        run = Run(self._live, self._chance, self._fetcher, self._journal, call, book, line, reports)
        book.task = asyncio.create_task(run.whole())
        self._tasks.add(book.task)
        book.task.add_done_callback(lambda task: self._over(task, book))

    def cut(self, book: Book) -> None:
        """The call is over: so is its script, in the middle of whatever it does."""
        if book.task and not book.task.done():
            book.ending = book.ending or Ending.HUNG_UP
            book.task.cancel()

    async def stop(self) -> None:
        """Raises the first fault that a script's own code had."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._faults:
            raise self._faults[0]

    def _over(self, task: asyncio.Task[None], book: Book) -> None:
        self._tasks.discard(task)
        if book.ending:
            self.endings[book.ending.value] += 1
        error = None if task.cancelled() else task.exception()
        if error:
            self._faults.append(error)
