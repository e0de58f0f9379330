"""Whose call it is for which the provider asks, waiting a while for what tells that."""

from collections.abc import Callable
from functools import partial

from adapters.ledger import Ledger
from application.answering.asked import Asked
from application.answering.bells import Bells, rings
from application.answering.finding import Finder
from application.answering.inbound import Inbound
from application.answering.readers import LedgerReaders
from application.answering.session import CallSession
from domain.call import CallCameIn, CallClaimed, CallCreated
from domain.identity import call_stream
from projections.in_flight import InFlight

WAIT_SECONDS = 2.0
"""For what tells whose call it is; well below what the provider waits for an answer, which is documented nowhere."""
LOOK_SECONDS_MAX = 0.25
TELLS_WHOSE = (CallClaimed.NAME, CallCameIn.NAME, CallCreated.NAME)


class WhoseCall:
    """Asks the finder, beside the loop, and again with each commit that may tell it; its `bells` hear of each commit.

    Who waits holds no thread.
    """

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        readers: LedgerReaders,
        finder: Finder,
        inbound: Inbound,
        monotonic: Callable[[], float],
    ) -> None:
        self.bells = Bells(TELLS_WHOSE)
        self._ledger = ledger
        self._in_flight = in_flight
        self._readers = readers
        self._finder = finder
        self._inbound = inbound
        self._monotonic = monotonic

    async def with_call(self, session: CallSession) -> CallSession:
        """The same session with its call's id, where that has become known."""
        if session.call_id is not None:
            return session
        return await self._readers.read_together(
            ("with call", session), [session.recipient], lambda: self._finder.with_call(session)
        )

    async def find(self, asked: Asked) -> CallSession | None:
        """Whose call it is, or who rings back with it; None where that is not plain.

        Where a request of ours has no answer yet, a call that nobody knows may be the one that it brought about: whose it is
        becomes known with that answer, or with a report of the call.
        """
        session = await self._placed(asked)
        if session is not None or not asked.from_numbers:
            return session
        rings_back = await self._readers.read_together(
            ("find inbound", asked.call_ids, asked.to_numbers, asked.from_numbers),
            _about(asked),
            lambda: self._inbound.find(asked),
        )
        # A report that came between the two looks says whose it is, and is why the second found nobody.
        return rings_back or (await self._looked(asked))[0]

    async def _placed(self, asked: Asked) -> CallSession | None:
        until = self._monotonic() + WAIT_SECONDS
        with self.bells.hung([call_stream(one) for one in asked.call_ids]) as bell:
            while True:
                bell.clear()
                session, may_be_found = await self._looked(asked)
                left = until - self._monotonic()
                if session is not None or not may_be_found or left <= 0:
                    return session
                await rings(bell, min(left, LOOK_SECONDS_MAX))

    async def _looked(self, asked: Asked) -> tuple[CallSession | None, bool]:
        started = frozenset(self._in_flight.attempts.started.values())
        return await self._readers.read_together(
            ("find", asked.is_named, asked.attempt_ids, asked.call_ids, asked.to_numbers, asked.from_numbers),
            _about(asked),
            partial(self._look, asked, started),
        )

    def _look(self, asked: Asked, started: frozenset[str]) -> tuple[CallSession | None, bool]:
        """Whose call it is by now, and whether that may be known soon: where one of those `started` may have brought it about."""
        return self._finder.find(asked), asked.is_named and self._finder.may_be_of(asked, started)


def _about(asked: Asked) -> tuple[str, ...]:
    return (*asked.call_ids, *asked.to_numbers, *asked.from_numbers)
