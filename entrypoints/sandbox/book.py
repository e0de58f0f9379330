"""What a call said and heard, for `true_state`, and the times that its webhooks carry."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import orjson


class Ending(StrEnum):
    """Why a script was over."""

    LAST_ACTION = "last_action"
    TRANSFERRED = "transferred"
    ACTION_FAILED = "action_failed"
    HUNG_UP = "hung_up"
    ANSWER_UNREACHABLE = "answer_unreachable"
    ANSWER_INVALID = "answer_invalid"
    TOO_MANY_REDIRECTS = "too_many_redirects"


FAILURES = {Ending.ANSWER_UNREACHABLE, Ending.ANSWER_INVALID, Ending.TOO_MANY_REDIRECTS}
"""These leave the call without a document: it ends as call.failed."""


@dataclass(slots=True, eq=False)
class Book:
    """Of one call that fetches answers; `reports_due` are the call.gathered that happened and are still to be sent."""

    fetches: list[dict[str, object]] = field(default_factory=list)
    actions: list[dict[str, object]] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    ending: Ending | None = None
    documents: int = 0
    says: int = 0
    gathers: int = 0
    redirects: int = 0
    leaves: int = 0
    reports_due: int = 0
    task: asyncio.Task[None] | None = None
    _latest: datetime | None = None
    _alike: dict[bytes, datetime] = field(default_factory=dict)

    def moment(self, now: datetime, event: str, data: dict[str, object]) -> datetime:
        """When an event of this call happened, as its webhook says: in their order, and no two alike in one second.

        People take seconds to press a key; a sandbox does not, and two gathers that heard the same digit in one second
        would be one webhook sent twice, to the byte. So the later one is told a second later, and so is what follows it.
        """
        moment = max(now, self._latest or now)
        if event == "call.gathered":
            what = orjson.dumps(data)
            earlier = self._alike.get(what)
            if earlier and moment < earlier.replace(microsecond=0) + timedelta(seconds=1):
                moment = earlier.replace(microsecond=0) + timedelta(seconds=1)
            self._alike[what] = moment
        self._latest = moment
        return moment

    def shown(self) -> dict[str, object]:
        return {
            "fetches": self.fetches,
            "actions": self.actions,
            "pressed": self.pressed,
            "ending": self.ending,
        }
