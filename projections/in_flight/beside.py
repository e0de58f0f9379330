"""What the fold has to know of streams that it does not keep: read beside it, in any thread."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from domain import recipient
from domain.account import AccountState
from domain.call import CallState
from domain.campaign import CampaignState
from domain.events import Recorded
from domain.identity import account_stream, call_stream, campaign_stream
from domain.recipient import RecipientState
from projections.changes import CallFold, ReadStreams
from projections.changes.folds import fold_call
from projections.folded import account_of, campaign_of, recipient_of
from projections.store import portions

CALLS_READ_AT_ONCE_MAX = 200
"""Of open ones there may be many: the events of all of them at once would be many times what is kept."""


class BeforeAttempt(Struct, frozen=True):
    """A recipient as they were before the event at a position, and the call that their attempt has with it."""

    position: int
    person: RecipientState
    call_id: str | None
    own_call: CallState


class AllAnew(Struct, frozen=True):
    """Everything that is kept, as the ledger has it at a position. `calls` are those to watch and those of the people's attempts."""

    position: int
    campaigns: Mapping[str, CampaignState]
    account: AccountState | None
    watched: Sequence[str]
    calls: Mapping[str, CallFold]
    people: Mapping[str, RecipientState]


def before_attempt(read_streams: ReadStreams, recorded: Recorded) -> BeforeAttempt:
    """What an event of an attempt needs that is not open any more, or comes to have another call."""
    stream, event = recorded.stream, recorded.event
    person = recipient_of(read_streams([stream], recorded.position - 1).get(stream, ()))
    after = recipient.evolve(person, event, recorded.counts_from).attempt(event.attempt_id)  # type: ignore[arg-type, union-attr]
    call_id = None if after is None else after.call_id
    fold = None if call_id is None else _calls(read_streams, [call_id], recorded.position).get(call_id)
    return BeforeAttempt(recorded.position, person, call_id, CallState() if fold is None else fold.state)


def all_anew(
    read_streams: ReadStreams,
    position: int,
    fingerprint: str | None,
    campaign_ids: Sequence[str],
    watched_calls: Sequence[str],
    open_streams: Sequence[str],
) -> AllAnew:
    """Campaigns, the account, calls and people with open attempts as the ledger has them at a position."""
    read = read_streams([campaign_stream(campaign_id) for campaign_id in campaign_ids], position)
    states = {i: campaign_of(read.get(campaign_stream(i), ())) for i in campaign_ids}
    account = None
    if fingerprint is not None:
        stream = account_stream(fingerprint)
        account = account_of(read_streams([stream], position).get(stream, ()))
    people = {stream: recipient_of(events) for stream, events in read_streams(open_streams, position).items()}
    theirs = {a.call_id for person in people.values() for a in person.attempts if a.call_id is not None}
    return AllAnew(
        position=position,
        campaigns={i: state for i, state in states.items() if state is not None},
        account=account,
        watched=watched_calls,
        calls=_calls(read_streams, sorted({*watched_calls, *theirs}), position),
        people=people,
    )


def _calls(read_streams: ReadStreams, call_ids: Sequence[str], position: int) -> dict[str, CallFold]:
    """Those of these calls that were heard of by then."""
    folds: dict[str, CallFold] = {}
    for some in portions(call_ids, CALLS_READ_AT_ONCE_MAX):
        found = read_streams([call_stream(call_id) for call_id in some], position)
        for call_id in some:
            fold = fold_call(found.get(call_stream(call_id), ()))
            if fold is not None:
                folds[call_id] = fold
    return folds
