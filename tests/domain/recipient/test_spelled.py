"""What the streams of one person say together, also where their clock was ahead for a while."""

from datetime import timedelta

from msgspec.structs import replace

from domain.recipient import as_person
from tests.domain.given import at, enrolled, recipient_after, refused, started

AHEAD = timedelta(days=365)
OTHER = replace(recipient_after(enrolled()), number="+4402079460018")


def test_attempts_stay_in_the_ledgers_order_where_a_clock_was_ahead() -> None:
    own = recipient_after(enrolled(), started(), refused())
    (first,) = own.attempts
    ahead = replace(first, attempt_id="ahead", started_at=at(0) + AHEAD, changed_at=at(0) + AHEAD)
    later = replace(first, attempt_id="later", started_at=at(5), changed_at=at(6))
    own = replace(own, attempts=(ahead, later))

    assert [one.attempt_id for one in as_person(own, [OTHER]).attempts] == ["ahead", "later"]
