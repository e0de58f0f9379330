"""A digest a day: yesterday's calls in a named zone, what was spent on them, and what needs somebody now."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from adapters.minivoice_client import LookupFailed
from application.alerts.kept import AlertMemory
from application.alerts.words import DaySummary, LinkOf, WrittenAlert, digest
from application.installation import Installation
from application.queries.attention import NeedShown
from application.queries.figures import figures_between
from domain.digest import Day, DigestTime, day_due, last_day_due
from domain.errors import DialtrailError

NOT_ASKED = "not known: MiniVoice is asked by `dialtrail up` alone"


class Digests:
    """Made once a day, at the wanted hour; the day that was made last is remembered with the alerts."""

    def __init__(
        self,
        parts: Installation,
        memory: AlertMemory,
        wanted: DigestTime,
        *,
        clock: Callable[[], datetime],
        link_of: LinkOf,
    ) -> None:
        self.wanted = wanted
        self._parts = parts
        self._memory = memory
        self._clock = clock
        self._link_of = link_of

    async def due(self, needs: Sequence[NeedShown]) -> WrittenAlert | None:
        """The digest that is due now; None where none is. One whose figures cannot be read comes with a later look."""
        now, last = self._clock(), self._memory.kept.digest_day
        if last is None:
            last = last_day_due(self.wanted, now)
            self._memory.put(digest_day=last)
        day = day_due(self.wanted, last, now)
        if day is None:
            return None
        try:
            figures = await asyncio.to_thread(figures_between, self._parts, day.begin, day.end)
        except DialtrailError:
            return None
        summary = DaySummary(
            day=day,
            zone=self.wanted.zone,
            figures=figures,
            spent=await self._spent(day),
            needs=[(one.need, one.campaign_id, one.says) for one in needs],
        )
        self._memory.put(digest_day=day.day)
        return digest(summary, self._link_of)

    async def _spent(self, day: Day) -> str:
        """What MiniVoice says was spent on a day, or why that is not known."""
        if self._parts.client is None:
            return NOT_ASKED
        answer = await self._parts.client.get_usage(day.begin, day.end)
        if isinstance(answer, LookupFailed):
            return f"not known: {answer.why}"
        if answer.cost_amount is None or answer.cost_currency is None:
            return "not known: MiniVoice did not say it"
        try:
            return f"{Decimal(answer.cost_amount):,} {answer.cost_currency}, as MiniVoice has settled it"
        except InvalidOperation:
            return "not known: MiniVoice did not say it as a number"
