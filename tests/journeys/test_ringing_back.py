"""People who were called and did not pick up ring back, hear why they were called, and opt out: over real HTTP."""

from pathlib import Path
from typing import Any

from domain.call import AnswerServed
from domain.policy import Policy, Retry
from domain.recipient import RecipientSuppressed
from entrypoints.sandbox.calls import Origin
from tests.application.dialer.stage import numbers, play, stage
from tests.entrypoints.http.ringing import INBOUND

PEOPLE = 6
NOBODY_PICKS_UP: dict[str, Any] = {"answer_rate": 0.0, "busy_rate": 0.0, "canceled_rate": 0.0}
AT_ONCE: dict[str, Any] = {
    "fetch_answers": True,
    "say_seconds_per_character": 0.0,
    "wait_factor": 0.001,
    "press_seconds": 0.0,
    "after_script": "hang_up",
}
TROUBLE: dict[str, Any] = {"duplicate_rate": 0.4, "shuffle_rate": 0.3, "shuffle_seconds": 0.3, "gather_report": "mixed"}


def test_who_rings_back_and_opts_out_is_called_no_more(tmp_path: Path) -> None:
    rings: dict[str, Any] = {"ring_back_rate": 1.0, "ring_back_seconds": "0.01:0.2", "press": ("9",)}

    async def scenario() -> None:
        async with stage(tmp_path, **NOBODY_PICKS_UP, **AT_ONCE, **TROUBLE, **rings) as it:
            policy = Policy(opt_out_digits="9", attempts_max=3, retry={"not_reached": Retry(after_seconds=300)})
            await it.campaign(numbers(PEOPLE), policy=policy, inbound_script=INBOUND)
            await it.until("all have opted out", lambda: it.counts() == {"suppressed": PEOPLE})
            await it.until("their calls are over", lambda: all(call.settled for call in it.sandbox.calls))

            await it.until("nobody is left", lambda: it.phase() == "completed")
            came_in = {call.id: call for call in it.sandbox.calls if call.origin is Origin.INBOUND}
            assert len(came_in) == len(it.posts()) == PEOPLE
            for number in numbers(PEOPLE):
                person = it.person(it.parts.ledger.recipient_stream(number))
                (rang,) = person.rang_back
                assert came_in[rang.call_id].from_number == number
                assert [one.call_id for one in person.attempts] != [rang.call_id]
                assert person.suppression is not None
                assert person.suppression.reason == f"in call {rang.call_id}"
                assert it.call(rang.call_id).entered == ("9",)
            told = it.events("answer.served")
            assert {one.event.inbound for one in told if isinstance(one.event, AnswerServed)} == {"campaign"}
            assert {one.stream.partition(":")[2] for one in told} == came_in.keys()
            words = [one.event for one in it.events("recipient.suppressed")]
            assert {one.source for one in words if isinstance(one, RecipientSuppressed)} == {"keypress"}
            assert it.parts.in_flight.attempts.unresolved() == []

    play(scenario)


def test_one_rings_who_was_never_called(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, **NOBODY_PICKS_UP, **AT_ONCE, press=("9",)) as it:
            await it.campaign(numbers(1), policy=Policy(opt_out_digits="9"), inbound_script=INBOUND)
            it.sandbox.ring("+15552009999", "+15551230001")
            await it.until("they were told something", lambda: bool(it.events("answer.served")))
            (served,) = [one.event for one in it.events("answer.served")]
            assert isinstance(served, AnswerServed)
            assert (served.why, served.inbound) == ("unknown_call", None)
            assert it.events("recipient.rang_back", "recipient.suppressed") == []

    play(scenario)
