"""One more look at everything at the moment of sending: what the commit knew of the person, and whatever was recorded since."""

import asyncio

from msgspec.structs import replace

from adapters.ledger import Ledger
from application.commands.attempts import StartedAttempt
from application.dialer.config import DialerConfig
from domain import recipient
from domain.dialing import (
    Reason,
    Verdict,
    beside,
    caller_gone,
    judge_by,
    judge_person,
    waits_for,
    with_agents,
    with_purposes,
)
from domain.probe import as_if_resumed
from projections.follow import Follower
from projections.in_flight import InFlight

EVENTS_READ_ON_THE_LOOP_MAX = 32
"""Of all streams of a person and their calls. Who was told of more since is read in a thread, and waits for another turn."""


class LastCheck:
    """Judges an attempt at the moment of sending. `stopping` is set once nothing more may leave."""

    def __init__(
        self, ledger: Ledger, in_flight: InFlight, follower: Follower, config: DialerConfig, stopping: asyncio.Event
    ) -> None:
        self._ledger = ledger
        self._in_flight = in_flight
        self._follower = follower
        self._config = config
        self._stopping = stopping

    async def catch_up(self, started: StartedAttempt) -> None:
        """Read what was recorded of the person and their calls since, however much that is."""
        await asyncio.to_thread(started.known.catch_up, self._ledger)

    def judge(self, started: StartedAttempt) -> Verdict | None:
        """The verdict by all that is on disk; None where so much is new that it has to be caught up with first."""
        if not started.known.catch_up(self._ledger, EVENTS_READ_ON_THE_LOOP_MAX):
            return None
        person = started.known.state(self._ledger.recipient_stream)
        own = person.attempt(started.attempt_id)
        state = recipient.without_attempt(person, started.attempt_id)
        calls = started.known.calls(state)
        campaign, account = self._in_flight.campaigns[started.campaign_id], self._in_flight.account
        if started.is_probe:
            campaign, account = as_if_resumed(campaign, account)
        verdict = judge_by(
            self._ledger.clocks(self._config.clock()),
            lambda now: judge_person(campaign, state, account, calls, now, self._config.only_numbers),
        )
        if waits_for(campaign):
            spelled = [
                recipient.without_attempt(one, started.attempt_id)
                for one in started.known.spelled(self._ledger.recipient_stream)
            ]
            others = beside(campaign, spelled, self._in_flight.campaigns.get)
            verdict = with_purposes(verdict, campaign, others, account, calls, verdict.judged_at)
        live = self._in_flight.attempts.slots_beside(started.campaign_id, started.attempt_id, self._config.clock())
        verdict = with_agents(verdict, campaign, live)
        unsound = self._config.soundness.unsound()
        stops = {
            "dialer_stopping": self._stopping.is_set(),
            "ledger_not_owned": unsound is None and self._config.ownership.trouble() is not None,
            "statuses_behind": not self._follower.is_live,
            "attempt_settled": own is None or own.phase != "started",
        }
        reasons: tuple[Reason, ...] = () if unsound is None else (unsound.reason,)
        reasons += tuple(Reason(rule=rule, scope="account") for rule, holds in stops.items() if holds)
        if verdict.may_dial and verdict.consent_id != started.consent_id:
            # What is on record would name another consent than the call leaves on; the next attempt names the right one.
            reasons = (*reasons, Reason(rule="consent_changed", scope="recipient"))
        gone = caller_gone(campaign, started.caller, verdict.judged_at)
        if gone is not None:
            reasons = (*reasons, Reason(rule=gone, scope="campaign"))
        return replace(verdict, reasons=verdict.reasons + reasons) if reasons else verdict
