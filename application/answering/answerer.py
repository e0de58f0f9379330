"""The document for each request: the one that the call's script has there, and a safe one whatever else is true."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from msgspec.structs import replace

from adapters.ledger import Ledger
from adapters.log_lines import LogLines
from adapters.minivoice_actions import encoded
from application.answering.asked import SIGNATURE_NAME, Asked
from application.answering.digits import Digits
from application.answering.earlier import Earlier
from application.answering.finding import Finder
from application.answering.inbound import Inbound
from application.answering.keeping import Keeper, Served
from application.answering.links import Link, Links, key_of
from application.answering.readers import LedgerReaders
from application.answering.script_cache import ScriptCache
from application.answering.session import CallSession
from application.answering.whose_call import WhoseCall
from application.metrics import Metrics
from domain.campaign import CampaignState
from domain.errors import InvalidInput
from domain.identity import campaign_stream
from domain.recipient import variables_for
from domain.script import (
    BEGINNING,
    Document,
    Gather,
    Heard,
    NotHeard,
    Script,
    document,
    next_step,
    offered,
    offers_callbacks,
    safe_document,
)
from projections.folded import campaign_of, recipient_of
from projections.follow import Follower
from projections.in_flight import InFlight

PURPOSE = "answer link"

Question = tuple[str, str | None, str | None, str]
"""What makes two requests the same: whose walk, which one, where in it, and where the next document is asked for."""

log = structlog.get_logger("dialtrail.answers")


class Answerer:
    """One per installation. Answers each request, and sees to it that each answer is in the ledger.

    What is read for an answer is read and folded in threads of its own: a call of which very much was reported holds up
    nobody else, and no other read keeps a caller waiting.
    """

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        follower: Follower,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        new_id: Callable[[], str],
        digits_wait_seconds: float,
        metrics: Metrics,
        lines: LogLines,
        inbound_script: Script | None = None,
    ) -> None:
        self._ledger = ledger
        self._in_flight = in_flight
        self._follower = follower
        self._monotonic = monotonic
        self._new_id = new_id
        self._metrics = metrics
        self._lines = lines
        self._links = Links(lambda text: ledger.sign(PURPOSE, text))
        inbound = Inbound(ledger, self._campaign, has_script=inbound_script is not None)
        self._earlier = Earlier(ledger, self._links)
        self._scripts = ScriptCache(ledger, self._campaign, inbound_script)
        self._readers = LedgerReaders()
        finder = Finder(ledger, self._campaign, clock, inbound)
        self._whose = WhoseCall(ledger, in_flight, self._readers, finder, inbound, monotonic)
        self._digits = Digits(ledger, self._readers, monotonic, digits_wait_seconds)
        self._keeper = Keeper(ledger, self._whose.with_call, clock, monotonic)
        self._under_way: dict[Question, asyncio.Task[Served]] = {}
        for bells in (self._digits.bells, self._whose.bells):
            ledger.add_listener(bells.committed)

    @property
    def trouble(self) -> str | None:
        """What keeps answers from being recorded; None where nothing does."""
        return self._keeper.trouble

    async def answer(self, asked: Asked, address: str) -> bytes:
        """The document for a request; `address` is where the provider asks for the next one."""
        began = self._monotonic()
        served, question = await self._serve(asked, address)
        seconds = self._monotonic() - began
        is_kept = await self._keeper.keep(asked, served, seconds, lambda: self._forget(question))
        self._tell(served, seconds, is_kept=is_kept)
        return served.actions

    async def stop(self) -> None:
        """Wait for what is not recorded yet, for a while."""
        await self._keeper.stop()
        self._readers.stop()

    async def _serve(self, asked: Asked, address: str) -> tuple[Served, Question | None]:
        session: CallSession | None = None
        question: Question | None = None
        try:
            link = None
            if SIGNATURE_NAME in asked.own:
                link = self._links.read(asked.own)
                if link is None:
                    return Served(actions=_written(safe_document()), why="bad_signature"), None
                session = await self._whose.with_call(link.session)
            else:
                session = await self._whose.find(asked)
                if session is None:
                    call_id = _first(asked.call_ids)
                    return Served(actions=_written(safe_document()), call_id=call_id, why="unknown_call"), None
            # Nothing shows that two who begin are the same asker, so each has a walk of its own, and none leads on the other's.
            walk = self._new_id() if link is None else link.walk
            question = (session.attempt_id, walk, None if link is None else key_of(link.place), address)
            return await self._said(question, session, link), question
        except Exception as error:  # a caller waits on the line: whatever it is, something must be said
            log.exception("an answer failed inside Dialtrail", error=type(error).__name__)
            call_id = _first(asked.call_ids) if session is None else session.call_id
            return Served(actions=_written(safe_document()), session=session, call_id=call_id, why="failed"), question

    async def _said(self, question: Question, session: CallSession, link: Link | None) -> Served:
        """One request that comes again while the first waits, or before its answer is on disk, is told what the first is."""
        first = self._under_way.get(question)
        if first is not None:
            return replace(await asyncio.shield(first), again=True)
        first = asyncio.create_task(self._go_on(session, link, question[1], question[3]))
        self._under_way[question] = first
        return await asyncio.shield(first)

    def _forget(self, question: Question | None) -> None:
        if question is not None:
            self._under_way.pop(question, None)

    async def _go_on(self, session: CallSession, link: Link | None, walk: str | None, address: str) -> Served:
        about = [session.call_id or session.recipient]
        if link is None:
            told = await self._readers.read_together(
                ("told at the beginning", session, address),
                about,
                lambda: self._earlier.told_beginning(session, address),
            )
            if told is not None:
                return self._earlier.again(told, session, walk, address)
            return await self._readers.read(about, lambda: self._beginning(session, walk, address))
        again, is_question = await self._readers.read(about, lambda: self._at_link(session, link, address))
        if again is not None:
            return again
        heard: Heard = NotHeard()
        if session.call_id is not None and is_question:
            heard = await self._digits.heard(session.call_id, link.place, link.walk)
        own = replace(link, session=session)
        served = await self._readers.read(
            about, lambda: self._document(own, lambda script: next_step(script, link.place, heard), address)
        )
        return replace(served, heard=not isinstance(heard, NotHeard) if is_question else None)

    def _beginning(self, session: CallSession, walk: str | None, address: str) -> Served:
        version = self._scripts.version_now(session)
        return self._document(Link(session, version, BEGINNING, walk), lambda script: script.start, address)

    def _at_link(self, session: CallSession, link: Link, address: str) -> tuple[Served | None, bool]:
        """What was served there before; and whether a question leads on from there."""
        again = self._earlier.at(link, session, address)
        return again, again is None and self._is_question(session, link)

    def _is_question(self, session: CallSession, link: Link) -> bool:
        try:
            script = self._scripts.script(session, link.version)
            return script is not None and isinstance(script.steps[link.place.step].exit, Gather)
        except (InvalidInput, LookupError):  # what is broken in it is told when its document is made
            return False

    def _document(self, link: Link, step_of: Callable[[Script], str], address: str) -> Served:
        """What the script has for this person, from the place of a link on."""
        session = link.session
        known = Served(
            actions=b"",
            session=session,
            call_id=session.call_id,
            version=link.version or None,
            place=None if link.place == BEGINNING else key_of(link.place),
            walk=link.walk,
        )
        script: Script | None = None
        try:
            script = self._scripts.script(session, link.version)
            if script is None:
                return replace(known, actions=_written(safe_document()), why="no_script")
            found = document(script, step_of(script), link.place, self._variables(session))
        except (InvalidInput, LookupError) as error:
            log.warning("a script could not be followed", campaign_id=session.campaign_id, error=type(error).__name__)
            return replace(known, actions=_written(safe_document(script)), why="broken_script")
        return replace(
            known,
            actions=encoded(found.actions, lambda at: f"{address}?{self._links.query(replace(link, place=at))}"),
            step=found.steps[-1] if found.steps else None,
            why="missing_variable" if found.missing else None,
            questions_before=link.place.gathers if offers_callbacks(script) else None,
            callbacks=_callbacks(script, found),
        )

    def _variables(self, session: CallSession) -> Mapping[str, str]:
        """What a script may say of the person; nothing to somebody who rings, whose number is a claim."""
        if session.inbound is not None:
            return {}
        person = recipient_of(self._ledger.read_stream(session.recipient))
        return variables_for(person, session.campaign_id, session.attempt_id)

    def _campaign(self, campaign_id: str) -> CampaignState | None:
        if self._follower.is_live:
            return self._in_flight.campaigns.get(campaign_id)
        return campaign_of(self._ledger.read_stream(campaign_stream(campaign_id)))

    def _tell(self, served: Served, seconds: float, *, is_kept: bool) -> None:
        self._metrics.answer(served.why or ("served" if served.inbound is None else "inbound"), seconds)
        line = {
            "call_id": served.call_id,
            "campaign_id": None if served.session is None else served.session.campaign_id,
            "attempt_id": None if served.session is None else served.session.attempt_id,
            "step": served.step,
            "version": served.version,
            "why": served.why,
            "inbound": served.inbound,
            "again": served.again,
            "recorded": is_kept,
            "ms": seconds * 1000,
            "bytes": len(served.actions),
        }
        self._lines.add(logging.WARNING if served.why else logging.INFO, "answer served", line)


def _callbacks(script: Script, found: Document) -> Mapping[str, int] | None:
    """The callbacks of the question that a document ends with; None where it has none, or none in the script wishes any."""
    asking = script.steps[found.steps[-1]].exit if found.steps else None
    return offered(asking) if isinstance(asking, Gather) and offers_callbacks(script) else None


def _written(found: Document) -> bytes:
    """A document without redirects."""
    return encoded(found.actions, lambda _: "")


def _first(call_ids: tuple[str, ...]) -> str | None:
    return call_ids[0] if call_ids else None
