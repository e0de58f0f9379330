"""Evidence that comes late, and what it replaces."""

from pathlib import Path

from domain.recipient import AttemptResolved
from tests.application.dialer.stage import numbers, play, stage
from tests.application.workers.reconciling import accepted, how, nobodys_calls, tell, tick_later


def test_late_evidence_that_is_stronger_replaces_what_was_inferred(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0) as it:
            await it.campaign(numbers(1))
            await it.until("unresolved", lambda: it.counts() == {"unresolved": 1})
            await it.until("its call is heard of", lambda: len(nobodys_calls(it)) == 1)
            await tick_later(it)
            await it.until("inferred", lambda: how(it) == {"inferred": 1})
            (resolved,) = it.events("attempt.resolved")
            assert isinstance(resolved.event, AttemptResolved)
            await tell(it, "call_echoing", attempt_id=resolved.event.attempt_id)
            await tick_later(it)
            await it.until("replaced", lambda: how(it) == {"inferred": 1, "metadata": 1})
            attempt = it.person(resolved.stream).attempt(resolved.event.attempt_id)

            assert attempt is not None
            assert (attempt.call_id, attempt.evidence) == ("call_echoing", "metadata")

    play(scenario)


def test_a_second_call_that_echoes_an_answered_attempt_says_so_and_changes_nothing_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, reconcile_after=0.3, answer_rate=1.0) as it:
            await it.campaign(numbers(1))
            await it.until("completed", lambda: it.phase() == "completed")
            (accepted,) = it.events("attempt.accepted")
            attempt_id = accepted.event.attempt_id  # type: ignore[union-attr]
            await tell(it, "call_twice", attempt_id=attempt_id)
            await it.until("claimed", lambda: it.call("call_twice").claim is not None)

            assert it.counts() == {"reached": 1}
            assert it.events("attempt.resolved") == []

    play(scenario)


def test_proof_that_an_inferred_call_is_anothers_moves_it_and_leaves_the_first_unresolved(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0, drop_rate=1.0) as it:
            await it.campaign(numbers(2), at_once=2)
            await it.until("both unresolved", lambda: it.counts() == {"unresolved": 2})
            first, second = it.parts.in_flight.attempts.unresolved()
            await tell(it, "call_x", from_number=first.from_number, to_number=first.to_number)
            await tick_later(it)
            await it.until("inferred", lambda: how(it) == {"inferred": 1})
            await tell(it, "call_x", name="call.completed", attempt_id=second.attempt_id)
            await tick_later(it)
            await it.until("moved", lambda: how(it) == {"inferred": 1, "metadata": 1})
            loser = it.person(first.stream).attempt(first.attempt_id)
            winner = it.person(second.stream).attempt(second.attempt_id)

            assert loser is not None
            assert winner is not None
            assert (loser.phase, loser.call_id) == ("unresolved", None)
            assert (winner.phase, winner.call_id) == ("accepted", "call_x")
            claim = it.call("call_x").claim
            assert claim is not None
            assert (claim.attempt_id, claim.how) == (second.attempt_id, "metadata")

    play(scenario)


def test_two_people_whose_attempts_got_one_call_are_both_told_of_its_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(2), starts=False)
            for number in range(2):
                await accepted(it, "call_123", number)
            assert it.counts() == {"dialing": 2}
            await tell(it, "call_123", name="call.completed")

            assert it.counts() == {"not_reached": 2}
            assert it.parts.in_flight.attempts.slots_held("spring", it.now()) == 0

    play(scenario)
