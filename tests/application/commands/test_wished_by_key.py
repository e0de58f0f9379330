"""A wish by a digit whose call turns out to be another's is gone, in whichever spelling it was made."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.ledger import Ledger
from adapters.ledger.transaction import Transaction
from application.commands.wished_by_key import forget_callback
from domain.call import CallClaimed, Claim
from domain.identity import call_stream
from domain.recipient import RecipientCallbackSet, RecipientEnrolled, RecipientEvent, open_callback
from domain.recipient.callback import CallbackSource
from tests.adapters.ledger.stage import Clock, create, do, open_ledger

SPRING = "spring"
HOUR = timedelta(hours=1)


class Wished:
    """A person who is enrolled in two spellings of the number: a wish of an operator in one, and of a call in the other."""

    def __init__(self, ledger: Ledger, clock: Clock, one: str, other: str) -> None:
        self.ledger = ledger
        self.clock = clock
        self.streams = [ledger.recipient_stream(number) for number in (one, other)]
        do(ledger, create(SPRING))
        for stream, number in zip(self.streams, (one, other), strict=True):
            self.record(stream, RecipientEnrolled(campaign_id=SPRING, number=number))

    def record(self, stream: str, event: RecipientEvent) -> None:
        def append(tx: Transaction) -> None:
            tx.recipient(stream)
            tx.append(stream, [event])

        do(self.ledger, append)

    def wish(self, stream: str, said: str | None) -> None:
        """Each later than the one before."""
        self.clock.now += timedelta(seconds=1)
        at = self.clock.now + HOUR
        source: CallbackSource = "operator" if said is None else "keypress"
        wish = RecipientCallbackSet(campaign_id=SPRING, at=at, give_up_at=at + HOUR, source=source, said=said)
        self.record(stream, wish)

    def goes_to_another(self, call_id: str) -> None:
        """It was taken for a call of the first spelling's."""
        better = CallClaimed(attempt_id="a2", campaign_id=SPRING, recipient="recipient:bob", how="response")
        before = Claim(strength=1, attempt_id="a1", campaign_id=SPRING, recipient=self.streams[0], how="inferred")

        def change(tx: Transaction) -> None:
            tx.call(call_id)
            tx.append(call_stream(call_id), [better])
            forget_callback(tx, call_id, before)

        do(self.ledger, change)

    @property
    def is_open(self) -> bool:
        is_open: bool = do(self.ledger, lambda tx: open_callback(tx.person(self.streams[0]), SPRING) is not None)
        return is_open


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    ("one", "other"),
    [("+442079460018", "+4402079460018"), ("+525555123456", "+5215555123456"), ("+4989123456", "+49089123456")],
)
def test_an_older_wish_in_the_other_spelling_does_not_come_back(
    tmp_path: Path, one: str, other: str, first: int
) -> None:
    clock = Clock()
    with closing(open_ledger(tmp_path, clock)) as ledger:
        wished = Wished(ledger, clock, one, other)
        wished.wish(wished.streams[first], None)
        wished.wish(wished.streams[1 - first], "in call c1")
        assert wished.is_open

        wished.goes_to_another("c1")
        assert not wished.is_open


def test_a_wish_that_was_not_made_in_the_call_stays(tmp_path: Path) -> None:
    clock = Clock()
    with closing(open_ledger(tmp_path, clock)) as ledger:
        wished = Wished(ledger, clock, "+442079460018", "+4402079460018")
        wished.wish(wished.streams[0], "in call c1")
        wished.wish(wished.streams[1], "in call c2")
        wished.goes_to_another("c1")
        assert wished.is_open
