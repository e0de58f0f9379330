"""A recipient judged by what the ledger knew at some position: the same verdict that the dialer acts on, asked of the past."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from domain.account import AccountState
from domain.call import CallState
from domain.caller_pool import CallerUse
from domain.campaign import CampaignState
from domain.dialing import (
    Beside,
    Clocks,
    Verdict,
    beside,
    judge_by,
    judge_person,
    waits_for,
    with_caller,
    with_purposes,
)
from domain.events import Recorded, as_known_at
from domain.identity import account_stream, call_stream, campaign_stream
from domain.recipient import AttemptStarted, RecipientState, StreamOf, as_person, call_ids, each_spelled, other_streams
from domain.status import RecipientStatus, status_of
from projections.changes import ReadStreams
from projections.folded import account_after, account_of, call_of, campaign_after, campaign_of, recipient_of
from projections.folded_often import FoldedOften

CampaignAt = Callable[[str, int], CampaignState | None]
"""What was known of a campaign, by its id, at a position."""
AccountAt = Callable[[str | None, int], AccountState]
"""What was known at a position of the account with this fingerprint."""


class Known(Struct, frozen=True, kw_only=True):
    """What is known of a recipient in a campaign: all that a verdict is made of, but for the time.

    `others` are the campaigns that they are in beside it, where it waits for some.
    """

    campaign: CampaignState
    recipient: RecipientState
    account: AccountState
    calls: Mapping[str, CallState]
    others: Sequence[Beside] = ()

    def verdict(
        self, clocks: Clocks, only_numbers: Collection[str] | None, callers: CallerUse | None = None
    ) -> Verdict:
        """The verdict by both clocks; with how the campaign's caller numbers were used, by those, too."""
        verdict = judge_by(
            clocks,
            lambda now: judge_person(self.campaign, self.recipient, self.account, self.calls, now, only_numbers),
        )
        verdict = with_purposes(verdict, self.campaign, self.others, self.account, self.calls, verdict.judged_at)
        if callers is None or self.campaign.plan.caller_pool is None:
            return verdict
        return with_caller(verdict, self.campaign, self.recipient, callers, verdict.judged_at)

    def status(self, now: datetime, verdict: Verdict) -> RecipientStatus:
        """The status that goes with a verdict."""
        return status_of(self.recipient, self.campaign.campaign_id, self.calls, now, lambda: verdict)


def known_at(
    read_streams: ReadStreams,
    stream_of: StreamOf,
    campaign_id: str,
    stream: str,
    fingerprint: str | None,
    position: int,
    campaign_at: CampaignAt | None = None,
    account_at: AccountAt | None = None,
    spellings: Collection[str] = (),
) -> Known | None:
    """What the ledger knew at a position of the recipient behind a stream; None where there was no such campaign.

    `spellings` are streams of their other spellings, as far as those are known already: one read less.
    """
    streams = RecipientStreams(
        read_streams, stream_of, [(campaign_id, stream)], fingerprint, position, campaign_at, account_at, spellings
    )
    return streams.known(campaign_id, stream, position)


class RecipientStreams:
    """The streams behind several recipients, read together up to one position, to be folded up to any earlier one."""

    def __init__(
        self,
        read_streams: ReadStreams,
        stream_of: StreamOf,
        recipients: Collection[tuple[str, str]],
        fingerprint: str | None,
        position: int,
        campaign_at: CampaignAt | None = None,
        account_at: AccountAt | None = None,
        spellings: Collection[str] = (),
    ) -> None:
        """`recipients` are a campaign's id and a recipient's stream each, `spellings` streams of other spellings of theirs.

        Without `campaign_at` campaigns' streams are read as well, and without `account_at` that of the account.
        """
        self._campaign_at, self._account_at = campaign_at, account_at
        self._fingerprint, self._account_stream = fingerprint, account_stream(fingerprint or "")
        self._read_streams, self._position = read_streams, position
        named = {*spellings, *(stream for _, stream in recipients)}
        if campaign_at is None:
            named |= {campaign_stream(campaign_id) for campaign_id, _ in recipients}
        if account_at is None:
            named.add(self._account_stream)
        self._read: dict[str, Sequence[Recorded]] = {**read_streams(sorted(named), position)}
        people = {stream: recipient_of(self._read.get(stream, ())) for stream in {stream for _, stream in recipients}}
        self._at_end = dict(people)
        self._accounts: FoldedOften[AccountState] | None = None
        self._campaigns: dict[str, FoldedOften[CampaignState | None]] = {}
        self._others = {stream: other_streams(one.number, stream_of) for stream, one in people.items()}
        others = {one for some in self._others.values() for one in some}
        unread = others - named
        self._read.update(read_streams(sorted(unread), position) if unread else {})
        self._at_end.update({one: recipient_of(self._read.get(one, ())) for one in others if one not in people})
        calls = {call_stream(call_id) for one in self._at_end.values() for call_id in call_ids(one)}
        self._read.update(read_streams(sorted(calls), position) if calls else {})

    def known(self, campaign_id: str, stream: str, position: int) -> Known | None:
        """What was known of one of them at a position; None where the campaign was not there yet."""
        campaign = self._campaign(campaign_id, position)
        if campaign is None:
            return None
        own, *others = (self.person(one, position) for one in (stream, *self._others[stream]))
        person = as_person(own, others)
        return Known(
            campaign=campaign,
            recipient=person,
            account=self._account(position),
            calls={call_id: call_of(self.until(call_stream(call_id), position)) for call_id in call_ids(person)},
            others=self._others_of(campaign, [own, *others], position),
        )

    def begun(self, campaign_id: str, stream: str) -> Iterator[tuple[Recorded, AttemptStarted]]:
        """The attempts of one of them in a campaign, in their order."""
        for recorded in self._read.get(stream, ()):
            event = recorded.event
            if isinstance(event, AttemptStarted) and event.campaign_id == campaign_id:
                yield recorded, event

    def _account(self, position: int) -> AccountState:
        if self._account_at is not None:
            return self._account_at(self._fingerprint, position)
        if self._accounts is None:
            self._accounts = FoldedOften(self._read.get(self._account_stream, ()), account_of, account_after)
        return self._accounts.at(position)

    def _others_of(
        self, campaign: CampaignState, spelled: Sequence[RecipientState], position: int
    ) -> tuple[Beside, ...]:
        """The other campaigns that they are in, read only where this one waits for some."""
        if not waits_for(campaign):
            return ()
        return beside(campaign, each_spelled(spelled), lambda campaign_id: self._campaign(campaign_id, position))

    def _campaign(self, campaign_id: str, position: int) -> CampaignState | None:
        if self._campaign_at is not None:
            return self._campaign_at(campaign_id, position)
        if campaign_id not in self._campaigns:
            stream = campaign_stream(campaign_id)
            if stream not in self._read:
                self._read.update({stream: (), **self._read_streams([stream], self._position)})
            self._campaigns[campaign_id] = FoldedOften(self._read.get(stream, ()), campaign_of, campaign_after)
        return self._campaigns[campaign_id].at(position)

    def person(self, stream: str, position: int) -> RecipientState:
        if position == self._position and stream in self._at_end:  # folded already, to find their calls
            return self._at_end[stream]
        return recipient_of(self.until(stream, position))

    def until(self, stream: str, position: int) -> Iterable[Recorded]:
        return as_known_at(self._read.get(stream, ()), position)
