"""One person looked up for a campaign: whether anybody need be asked, the question, and what follows from the answer."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog
from msgspec import Struct

from adapters.ledger import Ledger
from adapters.lookup_client import LookupClient, LookupQuestion, LookupSaid, LookupUnanswered
from application.commands.command import Command
from application.commands.known_person import KnownPerson
from application.commands.lookups import hold_unanswered, take_out
from application.commands.script_needs import missing_variable, needed_variables
from application.dialer.config import DialerConfig
from application.dialer.kept_answers import KeptAnswers
from application.dialer.lookup_brake import LookupBrake
from domain import recipient
from domain.account import AccountState
from domain.campaign import CampaignState, Lookup
from domain.dialing import beside, judge_by, judge_person, with_purposes
from domain.instants import later
from domain.recipient import LookupAnswer, RecipientState
from projections.in_flight import InFlight

NOT_ASKED_HERE = "this process asks no lookups"

log = structlog.get_logger("dialtrail.dialer")


class LookingUp:
    """Asks about people, each once within the time to live of an answer; what it said is kept in memory, and by the attempts."""

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        client: LookupClient | None,
        config: DialerConfig,
        metadata: Mapping[str, str],
    ) -> None:
        self._ledger = ledger
        self._in_flight = in_flight
        self._client = client
        self._config = config
        self._metadata = metadata
        self._cached = KeptAnswers()

    async def look_up(self, campaign_id: str, stream: str, lookup: Lookup, brake: LookupBrake) -> LookupAnswer | None:
        """What a call may go by; None where nobody is to be called now, which is recorded wherever the lookup is why.

        Raises `DialtrailError` where that could not be recorded, or the person not be read.
        """
        state, account = self._in_flight.campaigns[campaign_id], self._in_flight.account
        person = await asyncio.to_thread(self._callable, state, account, stream)
        if person is None:
            return None
        known = self._known(campaign_id, stream, person, lookup)
        if known is not None:
            return known
        if brake.is_set and lookup.on_failure != "go_on":
            return None  # it has failed since this one came up; nobody is held or taken out without having been asked about
        enrollment = person.enrollments[campaign_id]
        question = LookupQuestion(
            number=person.number,
            campaign_id=campaign_id,
            reference=enrollment.reference,
            variables=enrollment.variables,
        )
        needed = needed_variables(state.plan.script)
        try:
            said = await self._ask(lookup, question, needed, brake)
        except LookupUnanswered as error:
            lacks = missing_variable(needed, enrollment.variables)
            return await self._unanswered(campaign_id, stream, lookup, error, lacks=lacks)
        if not said.call:
            await self._record(take_out(campaign_id, stream, lookup, "lookup_said_no", said.reason))
            log.info("the lookup said not to call somebody", campaign_id=campaign_id, host=lookup.host)
            return None
        answer = LookupAnswer(url=lookup.url, at=self._config.clock(), variables=said.variables, reason=said.reason)
        self._cached.keep((campaign_id, stream), answer)
        return answer

    def is_fresh(self, answer: LookupAnswer, lookup: Lookup, seconds_min: float = 0.0) -> bool:
        """Whether an answer may still be used."""
        good_until = later(answer.at, timedelta(seconds=max(lookup.ttl_seconds, seconds_min)))
        return answer.url == lookup.url and answer.at <= self._config.clock() <= good_until

    def _callable(self, state: CampaignState, account: AccountState, stream: str) -> RecipientState | None:
        """The person, where no rule of their own stands against a call, nor one of another purpose that goes first: nobody else is asked about."""
        read = KnownPerson(stream, {}, self._ledger.acknowledged)
        read.catch_up(self._ledger)
        person = read.state(self._ledger.recipient_stream)
        calls = read.calls(person)
        verdict = judge_by(
            self._ledger.clocks(self._config.clock()),
            lambda now: judge_person(state, person, account, calls, now, self._config.only_numbers),
        )
        others = beside(state, read.spelled(self._ledger.recipient_stream), self._in_flight.campaigns.get)
        verdict = with_purposes(verdict, state, others, account, calls, verdict.judged_at)
        return None if any(reason.scope == "recipient" for reason in verdict.reasons) else person

    def _known(self, campaign_id: str, stream: str, person: RecipientState, lookup: Lookup) -> LookupAnswer | None:
        for answer in (self._cached.get((campaign_id, stream)), recipient.answered_before(person, campaign_id)):
            if answer is not None and self.is_fresh(answer, lookup):
                return answer
        self._cached.forget((campaign_id, stream))
        return None

    async def _ask(
        self, lookup: Lookup, question: LookupQuestion, needed: tuple[str, ...], brake: LookupBrake
    ) -> LookupSaid:
        if brake.is_set and brake.trouble is not None:
            raise LookupUnanswered(f"not asked again yet, since the last time: {brake.trouble.why}")
        if self._client is None:
            raise LookupUnanswered(NOT_ASKED_HERE, is_ours=True)
        asked_at = self._config.monotonic()
        try:
            said = await self._client.ask(lookup, question)
            _check_says_all(said, question, needed)
        except LookupUnanswered as error:
            brake.failed(lookup.host, str(error), asked_at)
            raise
        brake.answered()
        return said

    async def _unanswered(
        self, campaign_id: str, stream: str, lookup: Lookup, error: LookupUnanswered, *, lacks: str | None
    ) -> LookupAnswer | None:
        """What the campaign wants then. Held in any case is who lacks what the script says, and who may not be asked about."""
        why = str(error)
        log.warning("a lookup gave no answer that can be used", campaign_id=campaign_id, host=lookup.host, why=why)
        if lookup.on_failure == "go_on" and lacks is None:
            return LookupAnswer(url=lookup.url, at=self._config.clock(), failed=why)
        if lookup.on_failure == "skip" and not error.is_ours:
            await self._record(take_out(campaign_id, stream, lookup, "lookup_failed", why))
        else:
            await self._record(hold_unanswered(campaign_id, stream, lookup, why))
        return None

    async def _record(self, command: Command[None]) -> None:
        await self._ledger.execute(command, lane="attempts", metadata=self._metadata)


def _check_says_all(said: LookupSaid, question: LookupQuestion, needed: tuple[str, ...]) -> None:
    missing = missing_variable(needed, {**question.variables, **said.variables}) if said.call else None
    if missing is not None:
        raise LookupUnanswered(f"its answer lacks {missing}, which the campaign's script says")


class LookedUpAhead(Struct):
    """Of one campaign: who is being asked about, and who may be called by which answer. `given` was taken last."""

    brake: LookupBrake
    asking: set[str]
    ready: dict[str, LookupAnswer]
    given: str | None = None
