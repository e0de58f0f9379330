"""Webhooks are acknowledged on the event loop that dials: nothing that goes on there reads the ledger in its thread."""

from pathlib import Path

from application.commands.account import resume_account
from application.commands.calls import receive_report
from application.commands.resolving import match_attempt, settle_without_call
from domain.matching import UnresolvedAttempt
from domain.recipient import AttemptAccepted
from tests.application.dialer.stage import Stage, numbers, play, stage
from tests.domain.given import report
from tests.loop_reads import reads_of_this_thread


async def much_happens(it: Stage, ended: list[str], doubtful: list[UnresolvedAttempt]) -> None:
    for call_id in ended:
        for name in ("call.completed", "recording.completed"):
            await it.do(receive_report(call_id, report(name, 99, event_key="late")), "webhooks")
    first, second, third = doubtful
    for one, call_id in ((first, "call_of_nobody"), (second, "call_never_heard_of")):
        await it.do(match_attempt(one.stream, one.attempt_id, call_id, "metadata", "kim"))
    await it.do(settle_without_call(third.stream, third.attempt_id, "kim", redial=False))
    await it.do(match_attempt(third.stream, third.attempt_id, "call_of_late_evidence", "metadata", "kim"))
    await it.campaign([number.replace("555", "557", 1) for number in numbers(3)], "autumn", record=True)
    await it.until("completed", lambda: it.phase("autumn") == "completed")
    await it.do(resume_account(it.parts.in_flight.fingerprint, it.parts.ledger.position))
    await it.campaign([number.replace("555", "558", 1) for number in numbers(3)], "winter")
    await it.until("completed", lambda: it.phase("winter") == "completed")


def test_after_a_restart_and_whatever_then_comes_late_no_stream_is_read_on_the_loop(tmp_path: Path) -> None:
    """The last check alone reads there, and only what is new: `test_last_check` bounds that."""
    ended: list[str] = []
    doubtful: list[UnresolvedAttempt] = []

    async def before() -> None:
        async with stage(tmp_path, lost_response_rate=1.0, drop_rate=1.0) as it:
            await it.campaign(numbers(3), "doubtful")
            await it.until("in doubt", lambda: it.counts("doubtful") == {"unresolved": 3})
            it.sandbox.update(lost_response_rate=0.0, drop_rate=0.0)
            await it.campaign([number.replace("555", "556", 1) for number in numbers(3)], record=True)
            await it.until("completed", lambda: it.phase() == "completed")
            await it.do(receive_report("call_of_nobody", report("call.answered", 3)), "webhooks")
            accepted = [one.event for one in it.events("attempt.accepted")]
            ended.extend(event.call_id for event in accepted if isinstance(event, AttemptAccepted))

    async def after() -> None:
        async with stage(tmp_path, answer_rate=1) as it:
            await it.parts.follower.wait_live()
            doubtful.extend(it.parts.in_flight.attempts.unresolved())
            with reads_of_this_thread() as on_the_loop:
                await much_happens(it, ended, doubtful)
            assert {name for name, _ in on_the_loop} == {"read_newer"}

    play(before)
    play(after)


def test_whom_unresolved_attempts_call_is_read_beside_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0, drop_rate=1.0, reconcile_after=0.1) as it:
            with reads_of_this_thread() as on_the_loop:
                await it.campaign(numbers(3))
                attempts = it.parts.in_flight.attempts
                await it.until(
                    "in doubt", lambda: [o.attempt.phase for o in attempts.open.values()] == ["unresolved"] * 3
                )
                await it.until("known", lambda: not attempts.without_number())
                assert {one.to_number for one in attempts.unresolved()} == set(numbers(3))
            assert {name for name, _ in on_the_loop} == {"read_newer"}

    play(scenario)
