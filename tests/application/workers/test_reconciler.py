"""The reconciler against the sandbox: ends that were never reported, answers that were lost, and evidence that comes late."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger.sqlite import SqliteRecorder
from application.commands import resolving
from application.moment import Moment
from application.queries.recipients import read_recipients
from application.workers.reconciler import LOOKUPS_AT_ONCE_MAX, LOOKUPS_PER_SECOND
from domain.call import CallObserved
from domain.errors import Conflict, LedgerUnavailable
from domain.identity import call_stream
from tests.adapters.minivoice_server import always, http, raw_server
from tests.application.dialer.stage import numbers, play, stage
from tests.application.workers.reconciling import accepted, how, nobodys_calls, tell, tick_later


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

            assert how(it) == {"metadata": 3}
            assert len(it.posts()) == 3
            assert "unresolved" not in it.counts()

    play(scenario)


def test_a_lost_answer_is_inferred_where_only_one_call_is_possible(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0) as it:
            await it.campaign(numbers(3))
            await it.until("unresolved", lambda: it.counts() == {"unresolved": 3})
            await it.until("their calls are heard of", lambda: len(nobodys_calls(it)) == 3)
            await tick_later(it)
            await it.until("completed", lambda: it.phase() == "completed")
            (claimed,) = {e.event.how for e in it.events("call.claimed") if hasattr(e.event, "how")}

            assert how(it) == {"inferred": 3}
            assert claimed == "inferred"
            assert Counter(line["request_body"]["to"] for line in it.posts()) == Counter(numbers(3))

    play(scenario)


def test_two_possible_calls_are_left_to_a_person_who_settles_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0) as it:
            await it.campaign(numbers(1))
            await it.until("its call is heard of", lambda: len(nobodys_calls(it)) == 1)
            (own,) = nobodys_calls(it)
            await tell(it, "call_of_somebody", from_number=own.from_number or "", to_number=own.to_number or "")
            await it.until("unresolved", lambda: it.counts() == {"unresolved": 1})
            await tick_later(it)
            (attempt,) = it.parts.in_flight.attempts.unresolved()

            assert it.events("attempt.resolved") == []

            await it.do(resolving.match_attempt(attempt.stream, attempt.attempt_id, own.call_id, "person", "kim"))
            await it.until("settled", lambda: "unresolved" not in it.counts())
            assert how(it) == {"person": 1}

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
            await accepted(it, "call_gone")
            await it.until("given up", lambda: it.call("call_gone").given_up)
            await it.until("shown", lambda: it.counts() == {"unresolved": 1})

            read = read_recipients(it.parts.reads, "spring", Moment(it.parts.ledger.position, it.now()), None, 0, 10)
            assert [told.reason for _, told in read.rows] == ["call_end_unknown"]
            assert it.parts.in_flight.attempts.slots_held("spring", it.now()) == 0
            observed = [e.event for e in it.events("call.observed")]
            assert [o.gave_up for o in observed if isinstance(o, CallObserved)] == [False, True]

            await tell(it, "call_gone", name="call.completed")
            await it.until("settled all the same", lambda: "unresolved" not in it.counts())

    play(scenario)


def test_a_person_may_end_an_attempt_whose_calls_end_cannot_be_found_out(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(1), starts=False)
            await accepted(it, "call_gone")
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


def test_the_pace_of_asking_holds_while_the_ledger_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, reconcile_after=0.4) as it:
            for number in range(60):
                await tell(it, f"call_{number}")

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
