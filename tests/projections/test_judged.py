"""What the ledger knew of a recipient at a position, read up to a later one: nothing that came after it counts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from domain.account import AccountPaused
from domain.campaign import CampaignCreated, CampaignStarted
from domain.events import Event, Recorded
from domain.identity import account_stream, call_stream, campaign_stream
from domain.person import spellings
from domain.recipient import RecipientEnrolled, RecipientSuppressed
from domain.set_right import SetRight
from projections.folded import campaign_of
from projections.judged import Known, RecipientStreams, known_at
from projections.stream_folds import AccountFolds, CampaignFolds
from tests.domain.given import NUMBER, PLAN, SPRING, accepted, claimed, enrolled, report, started
from tests.projections.feed_ledger import FeedLedger
from tests.projections.recording import at, recorded

PERSON = f"recipient:{NUMBER}"
MEXICAN = "+5215512345678"
AHEAD, RIGHT, RIGHT_AGAIN = at(9_000), SetRight(9, at(100)), SetRight(12, at(40))
EVENTS: Sequence[tuple[str, Event]] = [
    (campaign_stream(SPRING), CampaignCreated(campaign_id=SPRING, plan=PLAN)),
    (campaign_stream(SPRING), CampaignStarted()),
    (PERSON, enrolled()),
    (account_stream("f"), AccountPaused(cause="operator")),
    (PERSON, started()),
    (PERSON, accepted()),
    (call_stream("c1"), report("call.answered", None)),
    (call_stream("c1"), claimed("a1", "response")),
]


def read_streams(streams: Collection[str], position: int | None) -> Mapping[str, Sequence[Recorded]]:
    """As the ledger reads them, all that was acknowledged up to the position being known."""
    assert position is not None
    known = [one for one in (RIGHT, RIGHT_AGAIN) if one.position <= position]
    read: dict[str, list[Recorded]] = {stream: [] for stream in streams}
    for place, (stream, event) in enumerate(EVENTS, start=1):
        if stream in read and place <= position:
            one = replace(recorded(place, stream, event, version=len(read[stream]) + 1), recorded_at=AHEAD)
            read[stream].append(one.believed(known))
    return read


def instants(known: Known | None) -> set[datetime | None]:
    """Since when everything is so: the campaign runs, the account is paused, the person is dialled and has answered."""
    assert known is not None
    assert known.account.pause is not None
    (attempt,) = known.recipient.attempts
    answered = known.calls["c1"].proof_learned_at
    return {known.campaign.running_since, known.account.pause.at, attempt.started_at, answered}


@pytest.mark.parametrize(("position", "since"), [(8, AHEAD), (9, at(100)), (11, at(100)), (12, at(40)), (20, at(40))])
def test_an_acknowledgement_counts_from_its_position_on(position: int, since: datetime) -> None:
    streams = RecipientStreams(read_streams, lambda number: f"recipient:{number}", [(SPRING, PERSON)], "f", 20)

    assert instants(streams.known(SPRING, PERSON, position)) == {since}


@pytest.mark.parametrize(("position", "attempts"), [(3, 0), (4, 0), (5, 1), (8, 1)])
def test_what_came_later_is_not_known_yet(position: int, attempts: int) -> None:
    streams = RecipientStreams(read_streams, lambda number: f"recipient:{number}", [(SPRING, PERSON)], "f", 20)
    known = streams.known(SPRING, PERSON, position)

    assert known is not None
    assert len(known.recipient.attempts) == attempts


def test_where_campaigns_are_known_their_streams_are_not_read() -> None:
    asked: list[str] = []

    def read(streams: Collection[str], position: int) -> Mapping[str, Sequence[Recorded]]:
        asked.extend(streams)
        return read_streams(streams, position)

    campaigns = {5: campaign_of(read_streams([campaign_stream(SPRING)], 5)[campaign_stream(SPRING)])}
    streams = RecipientStreams(
        read, lambda number: f"recipient:{number}", [(SPRING, PERSON)], "f", 20, lambda _, position: campaigns[position]
    )

    known = streams.known(SPRING, PERSON, 5)
    assert known is not None
    assert known.campaign == campaigns[5]
    assert campaign_stream(SPRING) not in asked


class AskedLedger(FeedLedger):
    """Notes which streams were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[set[str]] = []

    def read_streams(self, streams: Collection[str], up_to_position: int) -> dict[str, Sequence[Recorded]]:
        """Noted."""
        self.asked.append(set(streams))
        return super().read_streams(streams, up_to_position)


def test_what_is_known_already_is_not_read_again_and_the_same_comes_out() -> None:
    own, other, *more = (f"recipient:{number}" for number in spellings(MEXICAN))
    ledger, call = AskedLedger(), call_stream("c1")
    for stream, event in (
        (campaign_stream(SPRING), CampaignCreated(campaign_id=SPRING, plan=PLAN)),
        (account_stream("f"), AccountPaused(cause="operator")),
        (own, RecipientEnrolled(campaign_id=SPRING, number=MEXICAN)),
        (own, started()),
        (own, accepted()),
        (call, claimed("a1", "response")),
        (other, RecipientSuppressed(number=spellings(MEXICAN)[1], source="operator")),
    ):
        place = ledger.position + 1
        ledger.add(recorded(place, stream, event, version=ledger.versions(stream) + 1))
    campaigns, accounts = CampaignFolds(ledger), AccountFolds(ledger)

    def known(*given: Any) -> Known | None:
        ledger.asked.clear()
        return known_at(
            ledger.read_streams, ledger.recipient_stream, SPRING, own, "f", ledger.position, campaigns.at, *given
        )

    plain = known()
    assert ledger.asked == [{own, account_stream("f")}, {other, *more}, {call}]
    assert plain is not None
    assert None not in (plain.recipient.suppression, plain.account.pause, plain.calls.get("c1"))
    assert known(accounts.at, [own, other, *more]) == plain
    assert ledger.asked == [{own, other, *more}, {call}]
