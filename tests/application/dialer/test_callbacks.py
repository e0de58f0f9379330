"""Callbacks, against the sandbox: before whom, when, once, and how they are given up."""

from datetime import timedelta
from pathlib import Path

import pytest

from application.commands import callbacks
from domain.policy import Cap, Policy, Retry
from domain.recipient import AttemptStarted, RecipientCallbackDropped, RecipientSuppressed, Wish
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import Stage, numbers, play, stage


async def wish(it: Stage, number: str, seconds: float, campaign_id: str = "spring") -> None:
    stream = it.parts.ledger.recipient_stream(number)
    at = it.now() + timedelta(seconds=seconds)
    await it.do(callbacks.wish_callback(campaign_id, [stream], Wish(at=at, source="operator")))


def called(it: Stage) -> list[str]:
    """Whom attempts were begun for, in their order."""
    return [it.person(one.stream).number for one in it.events("attempt.started")]


def test_who_wishes_it_is_called_at_their_time_before_all_others_and_the_campaign_waits_for_them(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            everybody = numbers(20)
            await it.campaign(everybody, per_second=5, starts=False)
            await wish(it, everybody[0], 2)
            await wish(it, everybody[-1], 1)
            await it.do(start_campaign("spring"))
            await it.until("over", lambda: it.phase() == "completed")

            order = called(it)
            assert sorted(order) == sorted(everybody)
            assert order.index(everybody[-1]) < order.index(everybody[0]) < len(everybody) - 5
            begun = {it.person(one.stream).number: one for one in it.events("attempt.started")}
            for number in (everybody[0], everybody[-1]):
                enrollment = it.person(begun[number].stream).enrollments["spring"]
                assert enrollment.callback is not None
                assert begun[number].recorded_at >= enrollment.callback.at

    play(scenario)


def test_a_campaign_with_only_a_callback_left_is_not_completed_before_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            one, two = numbers(2)
            await it.campaign([one, two], policy=Policy(attempts_max=2), starts=False)
            await it.do(start_campaign("spring"))
            await wish(it, two, 2)
            await it.until("over", lambda: it.phase() == "completed")
            assert called(it).count(two) in {1, 2}
            last = it.events("attempt.started")[-1]
            assert it.person(last.stream).number == two
            wished = it.events("recipient.callback_set")[0]
            assert last.recorded_at >= wished.event.at  # type: ignore[union-attr]

    play(scenario)


def test_who_was_called_in_vain_is_called_again_at_their_time_and_not_after_the_gap(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=0.0) as it:
            (one,) = numbers(1)
            retry = {outcome: Retry(after_seconds=86_400) for outcome in ("not_reached", "failed", "canceled")}
            await it.campaign([one], policy=Policy(attempts_max=2, retry=retry))  # type: ignore[arg-type]
            await it.until("its call is over", lambda: it.counts().get("held") == 1)
            await wish(it, one, 1)
            await it.until("they are called again", lambda: called(it) == [one, one])

    play(scenario)


def test_what_a_cap_keeps_from_its_time_is_given_up_with_the_cap_as_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            one, other = numbers(2)
            cap = Cap(attempts_max=1, period_seconds=86_400)
            policy = Policy(attempts_max=2, caps=(cap,), callback_grace_seconds=1)
            await it.campaign([one, other], policy=policy, starts=False)
            await wish(it, other, 6)
            await it.do(start_campaign("spring"))
            await it.until("they were called", lambda: it.counts().get("reached", 0) == 1)
            await wish(it, one, 1)
            await it.until("it is given up", lambda: bool(it.events("recipient.callback_dropped")))
            dropped, *_ = it.events("recipient.callback_dropped")
            assert isinstance(dropped.event, RecipientCallbackDropped)
            assert (dropped.event.why, dropped.metadata["actor"]) == ("person_cap", "callbacks")
            await it.until("over", lambda: it.phase() == "completed")
            assert called(it) == [one, other]

    play(scenario)


def test_who_is_suppressed_has_no_callback_any_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            (one,) = numbers(1)
            await it.campaign([one], starts=False)
            await wish(it, one, 3_600)
            stream = it.parts.ledger.recipient_stream(one)
            await it.do(lambda tx: (tx.recipient(stream), tx.append(stream, [SUPPRESSED]))[1])
            await it.until("it is given up", lambda: bool(it.events("recipient.callback_dropped")))
            assert it.events("recipient.callback_dropped")[0].event.why == "suppressed"  # type: ignore[union-attr]

    play(scenario)


def test_the_verdict_that_was_stored_names_the_wish(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            (one,) = numbers(1)
            await it.campaign([one], starts=False)
            await wish(it, one, 1)
            await it.do(start_campaign("spring"))
            await it.until("they are called", lambda: called(it) == [one])
            (begun,) = it.events("attempt.started")
            assert isinstance(begun.event, AttemptStarted)
            assert b'"callback_at":' in bytes(begun.event.verdict)

    play(scenario)


SUPPRESSED = RecipientSuppressed(number=numbers(1)[0], source="letter")
