"""Why somebody was released or held is sealed and erased; why they were suppressed decides, and stays."""

from contextlib import closing

from adapters.ledger.transaction import Transaction
from domain import recipient
from tests.adapters.ledger.stage import NUMBER, do
from tests.contracts.sealed_ledgers import SealedPlace
from tests.contracts.test_sealed_destroyed import destroys
from tests.contracts.test_sealed_ledger import place as place  # noqa: PLC0414 - a fixture

WHY = "said her neighbour, Ms Lovelace"


def test_reasons_of_releases_and_holds_go_and_that_of_a_suppression_stays(place: SealedPlace) -> None:
    with closing(place.open()) as ledger:
        stream = ledger.recipient_stream(NUMBER)

        def suppresses(tx: Transaction) -> int:
            events = recipient.suppress(tx.recipient(stream), NUMBER, "crm", reason="opted out")
            tx.append(stream, events)
            return len(events)

        def releases(tx: Transaction) -> None:
            tx.append(stream, recipient.release(tx.recipient(stream), reason=WHY))

        def holds(tx: Transaction) -> None:
            tx.append(stream, recipient.hold(tx.recipient(stream), WHY))

        do(ledger, suppresses)
        do(ledger, releases)
        do(ledger, holds)
        assert WHY.encode() not in place.states()
        before = [one.event for one in ledger.read_stream(stream)]
        assert [getattr(one, "reason", None) for one in before] == ["opted out", WHY, WHY]

        assert ledger.sealed is not None
        do(ledger, destroys(*ledger.sealed.of([stream])))
        after = [one.event for one in ledger.read_stream(stream)]
        assert [getattr(one, "reason", None) for one in after] == ["opted out", "erased", "erased"]
