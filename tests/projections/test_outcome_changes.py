"""Which outcomes an event changed, as subscribers are told."""

import pytest

from projections.outcome_changes import OutcomeChanges
from tests.projections.history import AUTUMN, SPRING, World
from tests.projections.kept_world import FINGERPRINT, stream_of

# The same person each: with and without the 1 of Mexico, the 9 of Argentina, the ninth digit of Brazil.
SPELLED = [
    ("+525512345678", "+5215512345678"),
    ("+541112345678", "+5491112345678"),
    ("+551187654321", "+5511987654321"),
]


@pytest.mark.parametrize("batch", [1, 100])
@pytest.mark.parametrize(("called", "other"), [*SPELLED, *((b, a) for a, b in SPELLED)])
def test_what_a_call_changes_is_told_of_each_spelling_of_the_person(called: str, other: str, batch: int) -> None:
    made = World()
    for campaign_id, number in ((SPRING, called), (AUTUMN, other), (SPRING, other)):
        if campaign_id not in made.campaigns:
            made.create(campaign_id)
            made.change(campaign_id, "start")
        made.enroll(number, campaign_id)
    made.start(called, SPRING)
    made.accept(called)
    made.hear(called, "call.answered", 1)
    made.hear(called, "call.completed", 2)

    changes = OutcomeChanges(made.ledger.read_streams, stream_of, FINGERPRINT)
    found, position = [], 0
    while position < made.ledger.position:
        taken = changes.take(made.ledger.read_feed(position, batch))
        position = taken[-1].recorded.position
        found += [(one.recorded.event, *row) for one in taken for row in one.rows]
    last = {(lane, row.campaign_id): row.status for _, lane, row in found}
    assert last[stream_of(called), SPRING] == "reached"
    assert last[stream_of(other), SPRING] == "reached"
