"""What a lookup's answer, or none, does to a person: taken out once, held with growing waits, and what a call may say."""

from datetime import timedelta

from msgspec.structs import replace

from domain import recipient
from domain.campaign import Lookup, Plan
from domain.dialing import due_reason
from domain.recipient import LookupAnswer, RecipientLookupFailed, RecipientState, RecipientWithdrawn
from domain.status import status_of
from tests.domain.dialing.verdicts import NOW, judged
from tests.domain.given import AUTUMN, SPRING, at, enrolled, recipient_after, started

URL = "https://crm.example.org/lookup?key=secret"
PLAN = Plan(caller_number="+15551230001", lookup=Lookup(url=URL, ttl_seconds=600))
TOLD = LookupAnswer(url=URL, at=at(0), variables={"balance": "42"})


def failed(state: RecipientState, seconds: int) -> RecipientState:
    (event,) = recipient.lookup_failed(state, SPRING, "crm.example.org", "it hung", at(seconds))
    return recipient.evolve(state, event, at(seconds))


def test_who_could_not_be_looked_up_is_held_for_waits_that_grow_up_to_a_bound() -> None:
    state, now, waits = recipient_after(enrolled()), 0, []
    for _ in range(7):
        state = failed(state, now)
        until = state.lookup_failures[SPRING].until
        waits.append((until - at(now)).total_seconds())
        now += int(waits[-1])
    assert waits == [60, 120, 240, 480, 900, 900, 900]


def test_an_attempt_in_between_begins_the_waits_anew() -> None:
    state = failed(failed(recipient_after(enrolled()), 0), 60)
    state = recipient.evolve(state, started(), at(200))
    (event,) = recipient.lookup_failed(state, SPRING, "crm.example.org", "it hung", at(300))
    assert isinstance(event, RecipientLookupFailed)
    assert (event.tries, event.until) == (1, at(360))


def test_the_rule_holds_until_the_next_try_and_in_that_campaign_alone() -> None:
    until = NOW + timedelta(seconds=1)
    event = RecipientLookupFailed(campaign_id=SPRING, host="crm.example.org", why="it hung", until=until, tries=2)
    (reason,) = judged(enrolled(), event).reasons
    assert (reason.rule, reason.scope, reason.final, reason.until) == ("lookup_failed", "recipient", False, until)
    assert (reason.inputs["host"], reason.inputs["why"], reason.inputs["tries"]) == ("crm.example.org", "it hung", 2)
    assert judged(enrolled(), replace(event, until=NOW)).reasons == ()
    assert judged(enrolled(), replace(event, campaign_id=AUTUMN)).reasons == ()


def test_a_person_is_taken_out_once_with_cause_and_words() -> None:
    state = recipient_after(enrolled())
    (event,) = recipient.withdraw(state, SPRING, "lookup_said_no", "paid yesterday")
    assert event == RecipientWithdrawn(campaign_id=SPRING, reason="paid yesterday", cause="lookup_said_no")
    out = recipient.evolve(state, event, at(1))
    assert recipient.withdraw(out, SPRING, "lookup_failed", "it hung") == []
    assert recipient.lookup_failed(out, SPRING, "crm.example.org", "it hung", at(2)) == []
    assert recipient.withdraw(state, AUTUMN, "lookup_failed", "it hung") == []
    (reason,) = judged(enrolled(), event).reasons
    assert (reason.rule, reason.final, reason.inputs) == (
        "withdrawn",
        True,
        {"cause": "lookup_said_no", "why": "paid yesterday"},
    )
    found = status_of(out, SPRING, {}, at(2), lambda: judged(enrolled(), event))
    assert (found.status, found.reason) == ("withdrawn", "lookup_said_no")


def test_another_spelling_that_was_taken_out_tells_why() -> None:
    own, other = recipient_after(enrolled()), recipient_after(enrolled())
    (event,) = recipient.withdraw(other, SPRING, "lookup_said_no", "paid")
    person = recipient.as_person(own, [recipient.evolve(other, event, at(1))])
    place = person.enrollments[SPRING]
    assert (place.withdrawn, place.withdrawn_cause, place.withdrawn_why) == (True, "lookup_said_no", "paid")


def test_a_call_says_what_was_answered_for_its_own_attempt() -> None:
    one = replace(started("a1"), lookup=TOLD)
    state = recipient_after(replace(enrolled(), variables={"name": "Ada", "balance": "7"}), one)
    assert recipient.variables_for(state, SPRING, "a1") == {"name": "Ada", "balance": "42"}
    assert recipient.variables_for(state, SPRING, "unknown") == {"name": "Ada", "balance": "7"}
    assert recipient.answered_before(state, SPRING) == TOLD
    assert recipient.answered_before(state, AUTUMN) is None
    without = recipient_after(enrolled(), replace(one, lookup=replace(TOLD, failed="it hung")))
    assert recipient.answered_before(without, SPRING) is None


def test_nobody_is_called_but_by_a_fresh_answer_of_the_campaigns_own_lookup() -> None:
    def is_due(told: LookupAnswer | None, seconds: float, plan: Plan = PLAN) -> bool:
        return due_reason(plan, told, at(0) + timedelta(seconds=seconds)) is not None

    assert is_due(None, 0)
    assert not is_due(TOLD, 600)
    assert is_due(TOLD, 601)
    assert is_due(replace(TOLD, url="https://other.example.org/"), 0)
    at_once = replace(PLAN, lookup=Lookup(url=URL, ttl_seconds=0))
    assert not is_due(TOLD, 30, at_once)
    assert is_due(TOLD, 31, at_once)
    assert not is_due(None, 0, Plan(caller_number="+15551230001"))
