"""People whom the dialer leaves alone, against the sandbox: suppressed, in doubt, or where MiniVoice has no rate."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from application.commands import account, recipients, resolving
from application.commands.attempts import StartedAttempt
from application.commands.known_person import KnownPerson
from application.commands.outcomes import settle_attempt
from domain.dial_outcome import Refused
from domain.errors import Conflict
from domain.policy import Policy
from domain.recipient import AttemptStarted, RecipientSuppressed
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import Stage, numbers, play, stage


def called_after(it: Stage, stream: str, position: int) -> list[str]:
    """In which campaigns an attempt of a person was begun after a position."""
    started = [e for e in it.events("attempt.started") if e.stream == stream and e.position > position]
    return [e.event.campaign_id for e in started if isinstance(e.event, AttemptStarted)]


def test_who_is_suppressed_over_http_is_called_by_no_campaign_from_that_commit_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            for campaign_id in ("spring", "autumn"):
                await it.campaign(numbers(60), campaign_id, per_second=5, at_once=2)
            await it.until("some are called", lambda: len(it.posts()) >= 4)
            transport = httpx.ASGITransport(it.parts.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
                text = "number,source\n" + "".join(f"{number},letter\n" for number in numbers(60))
                answer = await client.post("/v1/suppressions", content=text, headers={"content-type": "text/csv"})
            assert (answer.status_code, answer.json()["suppressed"]) == (200, 60)
            position = answer.json()["position"]
            await it.until("over", lambda: {it.phase("spring"), it.phase("autumn")} == {"completed"})

            assert [e.position for e in it.events("attempt.started") if e.position > position] == []
            assert 4 <= len(it.posts()) < 60

    play(scenario)


def test_an_attempt_that_waits_for_its_turn_does_not_leave_once_its_person_is_suppressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.dialer.gate.COMMIT_AHEAD_SECONDS", 0.9)

    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(5), per_second=1)
            await it.until("one waits for its turn", lambda: len(it.events("attempt.started")) == 2)
            waiting = it.events("attempt.started")[-1]
            assert len(it.posts()) == 1
            number = it.person(waiting.stream).number
            await it.do(recipients.suppress_recipient(waiting.stream, number, "operator", "asked", None))
            await it.until("it is given up", lambda: bool(it.events("attempt.abandoned")))

            (given_up,) = it.events("attempt.abandoned")
            assert (given_up.stream, given_up.event.why) == (  # type: ignore[union-attr]
                waiting.stream,
                "at the last moment: suppressed",
            )
            assert number not in {line["request_body"]["to"] for line in it.posts()}

    play(scenario)


def test_whose_suppression_expires_is_called_from_that_instant_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(4), per_second=1, starts=False)
            stream, until = it.parts.ledger.recipient_stream(numbers(1)[0]), it.now() + timedelta(seconds=3)
            await it.do(recipients.suppress_recipient(stream, numbers(1)[0], "operator", None, until))
            await it.do(start_campaign("spring"))
            await it.until("all are called", lambda: len(it.events("attempt.accepted")) == 4)

            (own,) = [e for e in it.events("attempt.started") if e.stream == stream]
            assert own.recorded_at >= until
            assert min(e.recorded_at for e in it.events("attempt.started")) < until

    play(scenario)


def test_whoever_presses_the_digit_is_called_by_no_campaign_any_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1.0, gather_rate=1.0, gather_timeout_rate=0.0, shuffle_rate=0.5) as it:
            await it.campaign(numbers(40), per_second=50, policy=Policy(opt_out_digits="6"))
            await it.campaign(numbers(40), "autumn", per_second=10)
            await it.until("both are over", lambda: {it.phase("spring"), it.phase("autumn")} == {"completed"})

            pressed = it.events("recipient.suppressed")
            assert {e.event.source for e in pressed if isinstance(e.event, RecipientSuppressed)} == {"keypress"}
            assert len(pressed) >= 1  # seven of 40 on average, by a chance that knows the instant
            assert [called_after(it, e.stream, e.position) for e in pressed] == [[] for _ in pressed]
            assert it.counts("autumn")["suppressed"] >= 1

    play(scenario)


def test_a_person_in_doubt_is_called_by_no_campaign_until_a_person_settles_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0, drop_rate=1.0) as it:
            await it.campaign(numbers(1))
            await it.until("in doubt", lambda: it.counts() == {"unresolved": 1})
            it.sandbox.update(lost_response_rate=0.0, drop_rate=0.0)
            await it.campaign(numbers(2), "autumn")
            await it.until("the other is called", lambda: len(it.events("attempt.accepted")) == 1)
            await it.until("and ended", lambda: it.counts("autumn").get("held") == 1)
            assert len(it.posts()) == 2

            (attempt,) = it.parts.in_flight.attempts.unresolved()
            await it.do(resolving.settle_without_call(attempt.stream, attempt.attempt_id, "kim", redial=False))
            await it.until("called by the other campaign", lambda: len(it.posts()) == 3)
            assert called_after(it, attempt.stream, 0) == ["spring", "autumn"]

    play(scenario)


def test_a_refusal_after_an_answer_that_was_lost_proves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0, drop_rate=1.0) as it:
            await it.campaign(numbers(1))
            await it.until("in doubt", lambda: it.counts() == {"unresolved": 1})
            (lost,) = it.parts.in_flight.attempts.unresolved()
            again = StartedAttempt(
                attempt_id=lost.attempt_id,
                campaign_id=lost.campaign_id,
                stream=lost.stream,
                number=lost.to_number,
                body="{}",
                known=KnownPerson(lost.stream, {}, ()),
            )
            no = Refused(status=400, code="rate_not_found", body="{}", concerns="destination", counts=False)
            with pytest.raises(Conflict, match="is unresolved, not started"):
                await it.do(settle_attempt(again, no, it.parts.in_flight.fingerprint or ""), "answers")

            assert it.person(lost.stream).attempts[0].phase == "unresolved"
            assert it.events("attempt.refused", "destination.held", "account.paused", "campaign.paused") == []

    play(scenario)


def test_after_two_refusals_the_prefix_is_held_until_somebody_releases_it(tmp_path: Path) -> None:
    people = [*numbers(3), "+15559990001"]

    async def scenario() -> None:
        async with stage(tmp_path, no_rate_prefixes=["+15552"], answer_rate=1.0) as it:
            await it.campaign(people, per_second=2)
            await it.until("the prefix is held", lambda: it.counts() == {"held": 3, "reached": 1})
            held = [e.event.prefix for e in it.events("destination.held")]  # type: ignore[union-attr]
            assert held == ["+15552000000", "+1555200000"]
            assert len(it.posts()) == 3

            it.sandbox.update(no_rate_prefixes=[])
            await it.campaign(people[:3], "autumn", starts=False)
            fingerprint = it.parts.in_flight.fingerprint
            assert await it.do(account.release_destinations(fingerprint, "+15559")) == 0
            assert await it.do(account.release_destinations(fingerprint, "+1555")) == 2
            await it.do(start_campaign("autumn"))
            await it.until("they are called", lambda: it.counts("autumn") == {"reached": 3})

    play(scenario)
