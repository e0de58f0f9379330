"""The reconciler against the sandbox: ends that were never reported, answers that were lost, and evidence that comes late."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from adapters.ledger.sqlite import SqliteRecorder
from application.commands import resolving
from application.moment import Moment
from application.queries.recipients import read_recipients
from application.workers.reconciler import LOOKUPS_AT_ONCE_MAX, LOOKUPS_PER_SECOND
from domain import call, recipient
from domain.call import CallObserved, CallReported, CallSnapshot
from domain.errors import Conflict, LedgerUnavailable
from domain.identity import call_stream
from domain.matching import MATCH_WINDOW
from domain.recipient import AttemptResolved
from tests.adapters.minivoice_server import always, http, raw_server
from tests.application.dialer.stage import Stage, numbers, play, stage
from tests.domain.given import report


def test_calls_whose_end_was_never_reported_are_closed_by_asking(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, reconcile_after=0.5, drop_rate=1.0) as it:
            await it.campaign(numbers(8))
            await it.until("completed", lambda: it.phase() == "completed")
            ends = it.events("call.completed", "call.failed", "call.canceled")

            assert len(ends) == 8
            assert {e.event.source for e in ends if hasattr(e.event, "source")} == {"api"}
            assert len(it.posts()) == 8

    play(scenario)


def test_a_lost_answer_is_matched_by_the_providers_echo_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, reconcile_after=2, lost_response_rate=1.0, echo_metadata="webhooks") as it:
            await it.campaign(numbers(3))
            await it.until("completed", lambda: it.phase() == "completed")

            assert _how(it) == {"metadata": 3}
            assert len(it.posts()) == 3
            assert "unresolved" not in it.counts()

    play(scenario)


def test_a_lost_answer_is_inferred_where_only_one_call_is_possible(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0) as it:
            await it.campaign(numbers(3))
            await it.until("unresolved", lambda: it.counts() == {"unresolved": 3})
            await it.until("their calls are heard of", lambda: len(it.parts.in_flight.calls.unclaimed()) == 3)
            await _tick_later(it)
            await it.until("completed", lambda: it.phase() == "completed")
            (claimed,) = {e.event.how for e in it.events("call.claimed") if hasattr(e.event, "how")}

            assert _how(it) == {"inferred": 3}
            assert claimed == "inferred"
            assert Counter(line["request_body"]["to"] for line in it.posts()) == Counter(numbers(3))

    play(scenario)


def test_two_possible_calls_are_left_to_a_person_who_settles_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0) as it:
            await it.campaign(numbers(1))
            await it.until("its call is heard of", lambda: len(it.parts.in_flight.calls.unclaimed()) == 1)
            (own,) = it.parts.in_flight.calls.unclaimed()
            await _tell(it, "call_of_somebody", from_number=own.from_number, to_number=own.to_number)
            await it.until("unresolved", lambda: it.counts() == {"unresolved": 1})
            await _tick_later(it)
            (attempt,) = it.parts.in_flight.attempts.unresolved()

            assert it.events("attempt.resolved") == []

            await it.do(resolving.match_attempt(attempt.stream, attempt.attempt_id, own.call_id, "person", "kim"))
            await it.until("settled", lambda: "unresolved" not in it.counts())
            assert _how(it) == {"person": 1}

    play(scenario)


def test_without_a_call_a_person_may_have_it_dialled_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0) as it:
            await it.campaign(numbers(1))
            await it.until("unresolved", lambda: it.counts() == {"unresolved": 1})
            (attempt,) = it.parts.in_flight.attempts.unresolved()
            it.sandbox.update(lost_response_rate=0.0)
            await it.do(resolving.settle_without_call(attempt.stream, attempt.attempt_id, "kim", redial=True))
            await it.until("called again", lambda: len(it.posts()) == 2)

    play(scenario)


def test_a_call_that_the_provider_does_not_know_gives_its_slot_back_and_is_shown(tmp_path: Path) -> None:
    missing = b'{"error":{"code":"call_not_found","message":"no such call"}}'

    async def scenario() -> None:
        async with (
            raw_server(always(http(404, missing))) as server,
            stage(tmp_path, provider=server.url, reconcile_after=0.1) as it,
        ):
            await it.campaign(numbers(1), at_once=1)
            await it.until("the refusal is settled", lambda: it.counts() == {"queued": 1})
            await it.until("the account is paused", lambda: it.parts.in_flight.account.pause is not None)
            await _accepted(it, "call_gone")
            await it.until("given up", lambda: it.call("call_gone").given_up)
            await it.until("shown", lambda: it.counts() == {"unresolved": 1})

            read = read_recipients(it.parts.reads, "spring", Moment(it.parts.ledger.position, it.now()), None, 0, 10)
            assert [told.reason for _, told in read.rows] == ["call_end_unknown"]
            assert it.parts.in_flight.attempts.slots_held("spring", it.now()) == 0
            observed = [e.event for e in it.events("call.observed")]
            assert [o.gave_up for o in observed if isinstance(o, CallObserved)] == [False, True]

            await _tell(it, "call_gone", name="call.completed")
            await it.until("settled all the same", lambda: "unresolved" not in it.counts())

    play(scenario)


def test_late_evidence_that_is_stronger_replaces_what_was_inferred(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0) as it:
            await it.campaign(numbers(1))
            await it.until("unresolved", lambda: it.counts() == {"unresolved": 1})
            await it.until("its call is heard of", lambda: len(it.parts.in_flight.calls.unclaimed()) == 1)
            await _tick_later(it)
            await it.until("inferred", lambda: _how(it) == {"inferred": 1})
            (resolved,) = it.events("attempt.resolved")
            assert isinstance(resolved.event, AttemptResolved)
            await _tell(it, "call_echoing", attempt_id=resolved.event.attempt_id)
            await _tick_later(it)
            await it.until("replaced", lambda: _how(it) == {"inferred": 1, "metadata": 1})
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
            await _tell(it, "call_twice", attempt_id=attempt_id)
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
            await _tell(it, "call_x", from_number=first.from_number, to_number=first.to_number)
            await _tick_later(it)
            await it.until("inferred", lambda: _how(it) == {"inferred": 1})
            await _tell(it, "call_x", name="call.completed", attempt_id=second.attempt_id)
            await _tick_later(it)
            await it.until("moved", lambda: _how(it) == {"inferred": 1, "metadata": 1})
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


def test_a_person_may_end_an_attempt_whose_calls_end_cannot_be_found_out(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(1), starts=False)
            await _accepted(it, "call_gone")
            stream = it.parts.ledger.recipient_stream(numbers(1)[0])
            with pytest.raises(Conflict, match="accepted, not unresolved"):
                await it.do(resolving.settle_without_call(stream, "att_x", "kim", redial=True))
            gone = CallObserved(digest="d", body="{}", gave_up=True)

            def decide(tx: Any) -> None:
                tx.call("call_gone")
                tx.append(call_stream("call_gone"), [gone])

            await it.do(decide, "answers")
            assert it.counts() == {"unresolved": 1}
            await it.do(resolving.settle_without_call(stream, "att_x", "kim", redial=True))
            assert it.counts() == {"queued": 1}

    play(scenario)


def test_two_people_whose_attempts_got_one_call_are_both_told_of_its_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(2), starts=False)
            for number in range(2):
                await _accepted(it, "call_123", number)
            assert it.counts() == {"dialing": 2}
            await _tell(it, "call_123", name="call.completed")

            assert it.counts() == {"not_reached": 2}
            assert it.parts.in_flight.attempts.slots_held("spring", it.now()) == 0

    play(scenario)


def test_the_pace_of_asking_holds_while_the_ledger_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, reconcile_after=0.4) as it:
            for number in range(60):
                await _tell(it, f"call_{number}")

            def refuses(*_: object) -> object:
                raise LedgerUnavailable("disk full")

            monkeypatch.setattr(SqliteRecorder, "writing", refuses)
            await it.until("asked", lambda: bool(it.sandbox.log.lines("arrived")))
            before, began = len(it.sandbox.log.lines("arrived")), asyncio.get_running_loop().time()
            await asyncio.sleep(1.5)
            seconds = asyncio.get_running_loop().time() - began  # a busy machine sleeps longer
            asked = len(it.sandbox.log.lines("arrived")) - before
            monkeypatch.undo()

            assert it.parts.reconciler is not None
            assert "could not record" in (it.parts.reconciler.trouble or "")
            assert asked <= LOOKUPS_PER_SECOND * seconds + LOOKUPS_AT_ONCE_MAX

    play(scenario)


async def _tick_later(it: Stage) -> None:
    """Let the reconciler look as it will once every call that could be another candidate has begun."""
    reconciler = it.parts.reconciler
    assert reconciler is not None
    reconciler._clock = lambda: it.now() + MATCH_WINDOW
    await reconciler.tick()


def _how(it: Stage) -> dict[str, int]:
    return dict(Counter(e.event.how for e in it.events("attempt.resolved") if isinstance(e.event, AttemptResolved)))


async def _tell(
    it: Stage,
    call_id: str,
    *,
    name: str = "call.answered",
    from_number: str = "+15559999999",
    to_number: str = "+15558888888",
    attempt_id: str | None = None,
) -> None:
    """A webhook as the receiver would record it."""
    now = it.now()
    said = report(name, snapshot=CallSnapshot(from_number=from_number, to_number=to_number, attempt_id=attempt_id))
    told: Any = type(said)(
        **{f: getattr(said, f) for f in said.__struct_fields__ if f != "occurred_at"}, occurred_at=now
    )
    assert not isinstance(told, CallReported)

    def decide(tx: Any) -> None:
        tx.call(call_id)
        tx.append(call_stream(call_id), [told])

    await it.do(decide, "webhooks")


async def _accepted(it: Stage, call_id: str, number: int = 0) -> None:
    """An attempt that was accepted with this call, as the dialer would have recorded it."""
    stream = it.parts.ledger.recipient_stream(numbers(number + 1)[number])
    attempt_id = "att_x" if number == 0 else f"att_x{number}"

    def decide(tx: Any) -> None:
        person = tx.recipient(stream)
        tx.append(
            stream,
            recipient.start_attempt(person, attempt_id, "spring", request="{}", epoch="e", verdict=Raw(b"{}")),
        )
        tx.append(
            stream, recipient.accept(tx.recipient(stream), attempt_id, call_id=call_id, status=201, response="{}")
        )
        tx.call(call_id)
        claimed = call.CallClaimed(attempt_id=attempt_id, campaign_id="spring", recipient=stream, how="response")
        tx.append(call_stream(call_id), [report("call.created", source="api"), claimed])

    await it.do(decide, "answers")
