"""One call's script: does what documents ask for, action after action in the call's time, to the end of the call."""

import asyncio
from enum import StrEnum
from typing import NamedTuple, Protocol

from entrypoints.sandbox.book import FAILURES, Book, Ending
from entrypoints.sandbox.calls import Call
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.journal import Journal
from entrypoints.sandbox.script.documents import REDIRECTS_MAX, Action, DocumentError
from entrypoints.sandbox.script.fetching import Fetcher, UnreachableError
from entrypoints.sandbox.script.gather import Does, GatherAction, hear
from entrypoints.sandbox.script.reports import Reports
from entrypoints.sandbox.settings import Live

LEAVING = {"transfer", "bridge", "conference"}
"""After these nothing later runs."""


class CallLine(Protocol):
    """What a script does to its call, and the exchange knows how."""

    def start_recording(self, call: Call) -> None: ...

    def stop_recording(self, call: Call) -> None: ...

    def end(self, call: Call, event: str) -> None: ...


class Outcome(StrEnum):
    """Of an action; `cut_off` when the call ended meanwhile."""

    DONE = "done"
    FAILED = "failed"
    HUNG_UP = "hung_up"
    CUT_OFF = "cut_off"


class _Done(NamedTuple):
    outcome: Outcome = Outcome.DONE
    told: dict[str, object] | None = None


class _Over(Exception):
    """The script is over before its last action."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.value)
        self.ending = ending


class Run:
    def __init__(
        self,
        live: Live,
        chance: Chance,
        fetcher: Fetcher,
        journal: Journal,
        call: Call,
        book: Book,
        line: CallLine,
        reports: Reports,
    ) -> None:
        self._live = live
        self._chance = chance
        self._fetcher = fetcher
        self._journal = journal
        self._call = call
        self._book = book
        self._line = line
        self._reports = reports

    async def whole(self) -> None:
        """From the first fetch to the end of the call."""
        call, book = self._call, self._book
        try:
            book.ending = await self._script()
        finally:
            self._reports.rest(book)
            self._journal.write("script", {"call_id": call.id, "ending": book.ending, "pressed": book.pressed})
        if self._goes_on(book.ending):
            await asyncio.sleep(self._chance.seconds(self._live.settings.talk_seconds, "talk", *call.subject))
        self._line.end(call, "call.failed" if book.ending in FAILURES else "call.completed")

    def _goes_on(self, ending: Ending) -> bool:
        if ending in FAILURES or ending is Ending.HUNG_UP:
            return False
        return ending is Ending.TRANSFERRED or self._live.settings.after_script == "silence"

    async def _script(self) -> Ending:
        try:
            await self._perform(await self._fetcher.first(self._call, self._book))
        except UnreachableError:
            return Ending.ANSWER_UNREACHABLE
        except DocumentError:
            return Ending.ANSWER_INVALID
        except _Over as over:
            return over.ending
        return Ending.LAST_ACTION

    async def _perform(self, actions: tuple[Action, ...]) -> None:
        document = self._book.documents
        for place, action in enumerate(actions):
            redirect_follows = any(later.name == "redirect" for later in actions[place + 1 :])
            done = _Done(Outcome.CUT_OFF)
            try:
                done = await self._do(action, redirect_follows=redirect_follows)
            finally:
                self._note(document, place, action, done)
            self._judge(action, done.outcome)
            if action.name == "redirect":
                await self._perform(await self._redirected(action))
                if not self._live.settings.redirect_returns:
                    return

    async def _redirected(self, action: Action) -> tuple[Action, ...]:
        self._reports.fetch_begins(self._book)
        try:
            return await self._fetcher.redirect(self._call, self._book, action.fields)
        finally:
            self._reports.rest(self._book)

    async def _do(self, action: Action, *, redirect_follows: bool) -> _Done:
        settings, fields = self._live.settings, action.fields
        match action.name:
            case "say":
                return await self._say(str(fields["text"]))
            case "gather":
                return await self._gather(GatherAction.of(fields), redirect_follows=redirect_follows)
            case "send_digits":
                await asyncio.sleep(int(str(fields.get("pause_before_ms", 0))) / 1000 * settings.wait_factor)
            case "redirect":
                return self._redirect(int(str(fields.get("max_redirects", settings.redirects_max))))
            case "transfer" | "bridge" | "conference":
                return self._leave()
            case "start_recording":
                self._line.start_recording(self._call)
            case "stop_recording":
                self._line.stop_recording(self._call)
            case _:  # hold, mute, streams: there is nothing to hear of them
                await asyncio.sleep(0)
        return _Done()

    async def _say(self, text: str) -> _Done:
        settings, book = self._live.settings, self._book
        book.says += 1
        about = (book.says, *self._call.subject)
        seconds = len(text) * settings.say_seconds_per_character
        if self._chance.hits(settings.hang_up_saying_rate, "hangs up saying", *about):
            await asyncio.sleep(seconds * self._chance.roll("hangs up saying after", *about))
            return _Done(Outcome.HUNG_UP)
        await asyncio.sleep(seconds)
        return _Done()

    async def _gather(self, gather: GatherAction, *, redirect_follows: bool) -> _Done:
        settings, call, book = self._live.settings, self._call, self._book
        book.gathers += 1
        heard = hear(self._chance, settings, gather, book.gathers, call.subject)
        await asyncio.sleep(len(gather.prompt) * settings.say_seconds_per_character + heard.after_seconds)
        told: dict[str, object] = {"caller": heard.does, "digits": heard.digits}
        if heard.does is Does.HANGS_UP:
            return _Done(Outcome.HUNG_UP, told)
        book.pressed.append(heard.digits)
        await self._reports.report(call, book, heard.data(gather), redirect_follows=redirect_follows)
        return _Done(Outcome.DONE, told)

    def _redirect(self, redirects_max: int) -> _Done:
        if self._book.redirects >= min(redirects_max, REDIRECTS_MAX):
            return _Done(Outcome.FAILED)
        self._book.redirects += 1
        return _Done()

    def _leave(self) -> _Done:
        self._book.leaves += 1
        about = (self._book.leaves, *self._call.subject)
        fails = self._chance.hits(self._live.settings.transfer_fail_rate, "transfer fails", *about)
        return _Done(Outcome.FAILED if fails else Outcome.DONE)

    def _judge(self, action: Action, outcome: Outcome) -> None:
        """Raises _Over where nothing later runs."""
        if outcome is Outcome.HUNG_UP:
            raise _Over(Ending.HUNG_UP)
        if outcome is Outcome.FAILED and action.name == "redirect":
            raise _Over(Ending.TOO_MANY_REDIRECTS)
        if outcome is Outcome.FAILED:
            about = (self._book.leaves, *self._call.subject)
            if not self._chance.hits(self._live.settings.go_on_rate, "goes on", *about):
                raise _Over(Ending.ACTION_FAILED)
        elif action.name in LEAVING:
            raise _Over(Ending.TRANSFERRED)

    def _note(self, document: int, place: int, action: Action, done: _Done) -> None:
        told = done.told or {}
        self._book.actions.append({"document": document, "action": action.name, "outcome": done.outcome} | told)
        about = {"call_id": self._call.id, "document": document, "place": place, "action": action.name}
        self._journal.write("action", about | {"fields": action.fields, "outcome": done.outcome} | told)
