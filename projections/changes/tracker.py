"""From events to changes, batch by batch."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import get_args

from domain import account, campaign
from domain.campaign import Plan
from domain.dialing import consent_judged_by
from domain.events import Recorded
from domain.policy import Policy
from domain.recipient import StreamOf
from projections.changes.call_changes import call_changes
from projections.changes.changes import CampaignChanged, ViewChange
from projections.changes.folds import CampaignFold, ReadStreams
from projections.changes.kinds import KINDS
from projections.changes.known import KnownSoFar, ReadSpellings, ReadStandings
from projections.changes.recipient_changes import recipient_changes, standing_changes
from projections.changes.set_right import FindSince, ReadFeed, set_right_changes

FindEverybody = Callable[[int], Iterable[str]]
"""The streams of all in the campaign with this number."""
FindByPrefix = Callable[[str], Iterable[str]]
"""The streams of all who are enrolled with a number that begins so."""
FindJudged = Callable[[int], Iterable[str]]
"""The streams of all in the campaign with this number on whom its policy has a word of its own: they were dialled, or are of some kind."""

_ASKS_THE_VIEWS = frozenset({*get_args(account.AccountEvent), campaign.CampaignRevised})


class Tracker:
    """Says what each event changes, of all that is known as far as the one before it.

    `fingerprint` is the account whose held destinations count; where it is None, the one that was last heard of.
    """

    def __init__(
        self,
        read_streams: ReadStreams,
        read_feed: ReadFeed,
        read_standings: ReadStandings,
        read_spellings: ReadSpellings,
        find_by_prefix: FindByPrefix,
        find_judged: FindJudged,
        find_everybody: FindEverybody,
        find_since: FindSince,
        stream_of: StreamOf,
        fingerprint: str | None,
    ) -> None:
        self._known = KnownSoFar(read_streams, read_standings, read_spellings, stream_of, fingerprint)
        self._read_feed = read_feed
        self._find_by_prefix = find_by_prefix
        self._find_judged = find_judged
        self._find_everybody = find_everybody
        self._find_since = find_since

    @property
    def fingerprint(self) -> str | None:
        """The account whose held destinations count; None where none was heard of."""
        return self._known.fingerprint

    def begin_at(self, position: int, campaigns: Mapping[int, str], heard_of: str | None = None) -> None:
        """Go on from a position, where there were these campaigns (number → id), and this account was last heard of."""
        self._known.begin_at(position, campaigns, heard_of)

    def keep_folds(self, folds_max: int) -> None:
        """Keep no more people, and no more calls, at hand than these."""
        self._known.folds_kept_max = folds_max

    @staticmethod
    def cut(batch: Sequence[Recorded]) -> Iterator[Sequence[Recorded]]:
        """The batch in parts, each to be written before the next is taken: whom a held destination or another policy concerns is asked of the views."""
        begin = 0
        for at, recorded in enumerate(batch):
            if at > begin and type(recorded.event) in _ASKS_THE_VIEWS:
                yield batch[begin:at]
                begin = at
        yield batch[begin:]

    def changes(self, batch: Sequence[Recorded]) -> list[ViewChange]:
        """What these events change, in order; they follow on one another and on what came before."""
        known = self._known
        if len(batch) > 1:
            known.read_ahead(batch)
        found: list[ViewChange] = []
        for recorded in batch:
            found.extend(self._changes(recorded))
            known.position = recorded.position
        known.evict()
        return found

    def taken_not_judged(self) -> list[tuple[Recorded, str]]:
        """The events, since this was asked last, after which it could not be said where somebody stands; with what went wrong."""
        found = list(self._known.not_judged.values())
        self._known.not_judged.clear()
        return found

    def _changes(self, recorded: Recorded) -> Iterable[ViewChange]:
        match KINDS.get(type(recorded.event)):
            case "call":
                return call_changes(self._known, recorded)
            case "recipient":
                return recipient_changes(self._known, recorded)
            case "campaign":
                return self._campaign_changes(recorded)
            case "account":
                return self._account_changes(recorded)
            case _:
                return ()

    def _campaign_changes(self, recorded: Recorded) -> Iterator[ViewChange]:
        known, campaign_id = self._known, recorded.stream.partition(":")[2]
        before = known.campaigns.get(campaign_id)
        state = campaign.evolve(
            None if before is None else before.state,
            recorded.event,  # type: ignore[arg-type]
            recorded.counts_from,
        )
        if state is None:
            return
        after = CampaignFold(recorded.position if before is None else before.number, state)
        known.campaigns[campaign_id] = after
        if before is not None and _judges(before.state.plan) != _judges(state.plan):
            was, now = (consent_judged_by(one.plan.policy, campaign_id) for one in (before.state, state))
            concerns_all = was != now
            find = self._find_everybody if concerns_all else self._find_judged
            for stream in find(after.number):
                yield from standing_changes(known, stream, recorded, only=campaign_id)
        yield CampaignChanged(recorded.position, recorded.counts_from, before, after)

    def _account_changes(self, recorded: Recorded) -> Iterator[ViewChange]:
        before, after = self._known.take_account(recorded)
        prefixes = before.held_prefixes.keys() ^ after.held_prefixes.keys()
        concerned = {stream for prefix in prefixes for stream in self._find_by_prefix(prefix)}
        if recorded.set_right is not None:
            yield from set_right_changes(self._known, self._read_feed, self._find_since, recorded, recorded.set_right)
        for stream in sorted(concerned):
            yield from standing_changes(self._known, stream, recorded)


def _judges(plan: Plan) -> tuple[Policy | None, bool]:
    """What of a plan its recipients are judged by."""
    return plan.policy, bool(plan.rules_kinds)
