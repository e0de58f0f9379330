"""Whose call it is for which the provider asks: by its id, by what it echoes of ours, or by who calls whom."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from adapters.ledger import Ledger
from application.answering.asked import Asked
from application.answering.inbound import Inbound
from application.answering.session import CallSession
from domain.call import CallState, FoundBy
from domain.identity import call_stream
from domain.person import is_same, spellings
from domain.recipient import Attempt
from domain.ring_back import CampaignOf
from projections.folded import call_of, recipient_of

# An attempt whose call may still go on, as far as anybody knows; one that is unresolved since last week rings no more.
MAY_BE_OPEN_FOR = timedelta(hours=2)
ATTEMPTS_LOOKED_AT_MAX = 10


class Finder:
    """Looks in the ledger, which has what was acknowledged before, and among the attempts that are open."""

    def __init__(
        self, ledger: Ledger, campaign_of: CampaignOf, clock: Callable[[], datetime], inbound: Inbound
    ) -> None:
        self._ledger = ledger
        self._inbound = inbound
        self._campaign_of = campaign_of
        self._clock = clock

    def find(self, asked: Asked) -> CallSession | None:
        """The call, where there is exactly one that it can be."""
        is_reported = False
        for call_id in asked.call_ids:
            known = call_of(self._ledger.read_stream(call_stream(call_id)))
            claim = known.claim
            if claim is not None:
                return CallSession(
                    call_id=call_id,
                    campaign_id=claim.campaign_id,
                    recipient=claim.recipient,
                    attempt_id=claim.attempt_id,
                    found_by="call_id",
                )
            if known.came_in is not None:
                return self._inbound.told(call_id, known.came_in)
            is_reported = is_reported or known.parties is not None
            asked = _with_what_is_known(asked, known)
        found_by: FoundBy = "call_id" if is_reported else "attempt" if asked.attempt_ids else "numbers"
        return self._by_numbers(asked, found_by)

    def _by_numbers(self, asked: Asked, found_by: FoundBy) -> CallSession | None:
        said = asked.call_ids[0] if asked.call_ids else None
        possible = {session.attempt_id: session for session in self._open(asked)}
        if asked.attempt_ids:
            possible = {i: session for i, session in possible.items() if i in asked.attempt_ids}
        if len(possible) != 1:
            return None
        (found,) = possible.values()
        session = replace(found, found_by=found_by)
        # The answer to our own request is better evidence than what is said here; a call of another id is another call.
        if session.call_id is None:
            return replace(session, call_id=said)
        return None if asked.is_named and session.call_id not in asked.call_ids else session

    def may_be_of(self, asked: Asked, started: Collection[str]) -> bool:
        """Whether the call may be one of these people's, by their streams: theirs is one of its two numbers, where both are said."""
        if not (asked.to_numbers and asked.from_numbers):
            return bool(started)
        numbers = {spelling for one in (*asked.to_numbers, *asked.from_numbers) for spelling in spellings(one)}
        return bool(started) and any(self._ledger.recipient_stream(number) in started for number in numbers)

    def with_call(self, session: CallSession) -> CallSession:
        """The same session with its call's id, where that has become known."""
        if session.call_id is not None or session.inbound is not None:
            return session
        attempt = recipient_of(self._ledger.read_stream(session.recipient)).attempt(session.attempt_id)
        return session if attempt is None else replace(session, call_id=attempt.call_id)

    def _open(self, asked: Asked) -> Iterator[CallSession]:
        """Attempts to these people that may have a call under way. Which of the two numbers is whose is not always said right.

        But where no call of an attempt is known, one that is said to be from its person may be theirs, ringing back.
        """
        said = (*asked.to_numbers, *asked.from_numbers)
        for number in dict.fromkeys(spelling for one in said for spelling in spellings(one)):
            stream = self._ledger.recipient_stream(number)
            for attempt in recipient_of(self._ledger.read_stream(stream)).attempts[-ATTEMPTS_LOOKED_AT_MAX:]:
                rings = attempt.call_id is None and _is_caller(number, asked)
                if not rings and self._is_open(attempt) and self._fits(attempt, number, asked):
                    yield _session(stream, attempt)

    def _is_open(self, attempt: Attempt) -> bool:
        if self._clock() - attempt.started_at > MAY_BE_OPEN_FOR:
            return False
        if attempt.call_id is None:
            return attempt.is_unsettled
        return call_of(self._ledger.read_stream(call_stream(attempt.call_id))).phase != "ended"

    def _fits(self, attempt: Attempt, number: str, asked: Asked) -> bool:
        """Whether the campaign's own number is the other one, where another one was said at all."""
        campaign = self._campaign_of(attempt.campaign_id)
        others = _without(number, (*asked.from_numbers, *asked.to_numbers))
        return campaign is not None and (
            not others or any(is_same(campaign.caller_of(attempt.caller_number), other) for other in others)
        )


def _with_what_is_known(asked: Asked, known: CallState) -> Asked:
    """The webhooks of a call may have said who calls whom, and what of ours they echo, before anybody claims it."""
    parties = known.parties
    said = () if parties is None else tuple(one for one in (parties.to_number, parties.from_number) if one)
    numbers = dict.fromkeys((*asked.to_numbers, *(one for one in said if one not in asked.from_numbers)))
    attempts = dict.fromkeys((*asked.attempt_ids, *known.echoed_attempts))
    return replace(asked, to_numbers=tuple(numbers), attempt_ids=tuple(attempts))


def _is_caller(number: str, asked: Asked) -> bool:
    """Whether this person is said to call, and not to be called."""
    return any(is_same(number, one) for one in asked.from_numbers) and not any(
        is_same(number, one) for one in asked.to_numbers
    )


def _session(stream: str, attempt: Attempt) -> CallSession:
    return CallSession(
        call_id=attempt.call_id, campaign_id=attempt.campaign_id, recipient=stream, attempt_id=attempt.attempt_id
    )


def _without(number: str, numbers: Sequence[str]) -> list[str]:
    return [other for other in numbers if not is_same(number, other)]
