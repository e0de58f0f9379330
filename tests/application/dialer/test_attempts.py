"""One attempt against the sandbox: the order of its steps, and what each outcome stops."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.ledger.sqlite import SqliteRecorder
from adapters.rule_data import installed_rule_data
from application.commands import campaigns
from domain.call import CallClaimed, CallCreated
from domain.dial_outcome import DialOutcome
from domain.dialing import RULES_NUMBER, Verdict, judge
from domain.errors import LedgerUnavailable
from domain.recipient import AttemptAccepted, AttemptStarted, AttemptUnresolved
from tests.adapters.minivoice_server import always, http, raw_server
from tests.application.dialer.paused import pause_body, pause_code, refusal
from tests.application.dialer.stage import numbers, play, stage


def test_an_attempt_is_on_disk_before_its_request_and_tied_to_its_call_in_one_commit(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(1))
            await it.until("completed", lambda: it.phase() == "completed")
            (started,) = it.events("attempt.started")
            (accepted,) = it.events("attempt.accepted")
            created = it.events("call.created")[0]
            (claimed,) = it.events("call.claimed")
            (post,) = it.posts()

        assert isinstance(started.event, AttemptStarted)
        assert isinstance(accepted.event, AttemptAccepted)
        assert isinstance(created.event, CallCreated)
        assert isinstance(claimed.event, CallClaimed)
        assert msgspec.json.decode(started.event.request) == post["request_body"]
        assert post["request_body"] == {
            "from": "+15551230001",
            "to": "+15552000000",
            "metadata": {"campaign_id": "spring", "attempt_id": started.event.attempt_id},
        }
        assert started.recorded_at.isoformat() < post["at"].replace("Z", "+00:00")
        verdict = msgspec.json.decode(bytes(started.event.verdict), type=Verdict)
        assert verdict == Verdict(
            judged_at=started.recorded_at,
            attempts_counted=0,
            attempts_max=1,
            rules=RULES_NUMBER,
            rule_data=installed_rule_data(),
        )
        assert accepted.event.call_id == post["call_id"]
        assert created.event.source == "api"
        assert created.event.body == accepted.event.response
        assert [accepted.position + 1, accepted.position + 2] == [created.position, claimed.position]
        assert accepted.recorded_at == created.recorded_at == claimed.recorded_at
        assert (claimed.event.attempt_id, claimed.event.how) == (started.event.attempt_id, "response")

    play(scenario)


@pytest.mark.parametrize(
    ("trouble", "remedy", "code", "scope"),
    [
        ({"balance": "0.00"}, {"balance": "100.00"}, "insufficient_balance", "account"),
        ({"revoke_keys": True}, {"revoke_keys": False}, "unauthorized", "account"),
        ({"no_active_trunk": True}, {"no_active_trunk": False}, "no_active_trunk", "account"),
        ({"spend_limit": "0.00"}, {"spend_limit": None}, "spend_control_exceeded", "campaign"),
    ],
)
def test_a_refusal_for_money_key_or_trunk_pauses_what_it_concerns_and_nobody_is_used_up(
    tmp_path: Path, trouble: dict[str, Any], remedy: dict[str, Any], code: str, scope: str
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, **trouble) as it:
            await it.campaign(numbers(5), per_second=20)
            await it.until("paused", lambda: pause_code(it, scope) == code)
            seen = len(it.posts())
            await it.until("all put back", lambda: it.counts() == {"queued": 5})
            refusals = it.events("attempt.refused")

            assert {refusal(r.event) for r in refusals} == {(code, scope, False)}
            assert len(it.posts()) == seen <= 2
            body = pause_body(it, scope)
            assert body is not None
            assert f'"{code}"' in body

            it.sandbox.update(**remedy)
            notes = await it.do(campaigns.resume_campaign("spring", it.parts.in_flight.fingerprint))
            await it.until("completed", lambda: it.phase() == "completed")

            assert bool(notes) == (scope == "account")
            assert sum(it.counts().values()) == 5

    play(scenario)


def test_a_destination_without_a_rate_is_held_and_the_others_are_called(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, no_rate_prefixes=["+15552000001"], answer_rate=1.0) as it:
            await it.campaign(numbers(3))
            await it.until("the others are called", lambda: it.counts() == {"held": 1, "reached": 2})

            assert len(it.events("destination.held")) == 1
            assert len(it.posts()) == 3

    play(scenario)


def test_an_answer_that_is_lost_leaves_the_attempt_unresolved_and_is_not_dialled_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0) as it:
            await it.campaign(numbers(2))
            await it.until("unresolved", lambda: it.counts() == {"unresolved": 2})
            await asyncio.sleep(1.2)

            assert len(it.posts()) == 2
            assert {type(e.event) for e in it.events("attempt.unresolved")} == {AttemptUnresolved}
            assert it.phase() == "running"

    play(scenario)


def test_what_the_carrier_refused_counts_and_is_not_tried_again(tmp_path: Path) -> None:
    refused = b'{"error":{"code":"originate_failed","message":"carrier said no"}}'

    async def scenario() -> None:
        async with raw_server(always(http(502, refused))) as server, stage(tmp_path, provider=server.url) as it:
            await it.campaign(numbers(2))
            await it.until("completed", lambda: it.phase() == "completed")

            assert it.counts() == {"failed": 2}
            assert len(server.requests) == 2

    play(scenario)


class BrokenClient:
    """A client with a mistake in it: before the request would leave, or after."""

    def __init__(self, *, after_sending: bool) -> None:
        self.after_sending = after_sending

    async def place_call(
        self, _: str, before_send: Callable[[], Awaitable[None]], after_send: Callable[[], None]
    ) -> DialOutcome:
        """Fail."""
        if self.after_sending:
            await before_send()
            after_send()
        raise KeyError("mistake")


@pytest.mark.parametrize(("after_sending", "status"), [(False, "queued"), (True, "unresolved")])
def test_a_mistake_of_our_own_leaves_no_attempt_open(tmp_path: Path, after_sending: bool, status: str) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            it.dialer._attempts._client = BrokenClient(after_sending=after_sending)  # type: ignore[assignment]
            await it.campaign(numbers(1))
            name = "attempt.unresolved" if after_sending else "attempt.abandoned"
            await it.until("settled", lambda: bool(it.events(name)))

            # Whom a mistake of ours has put back is called again soon, and waits in between.
            await it.until("it is settled", lambda: it.counts() == {status: 1})
            assert it.events(name)[0].event.why == "Dialtrail itself failed (KeyError)"  # type: ignore[union-attr]

    play(scenario)


def test_an_answer_waits_as_long_as_the_ledger_refuses_and_health_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SqliteRecorder.writing

    async def scenario() -> None:
        async with stage(tmp_path, answer_delay=0.3, drop_rate=1.0) as it:
            await it.campaign(numbers(1))
            await it.until("on the wire", lambda: bool(it.sandbox.log.lines("arrived")))

            def refuses(*_: object) -> object:
                raise LedgerUnavailable("disk full")

            monkeypatch.setattr(SqliteRecorder, "writing", refuses)
            await it.until("it is said", lambda: "could not be recorded" in (it.dialer.trouble or ""))
            assert it.parts.troubles()["dialer"] is not None
            monkeypatch.setattr(SqliteRecorder, "writing", real)
            await it.until("recorded after all", lambda: bool(it.events("attempt.accepted")))
            await it.until("and well again", lambda: it.dialer.trouble is None)

    play(scenario)


def test_whom_the_gate_turns_back_is_set_aside_for_a_moment(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            check = it.dialer._attempts._last_check
            real = check.judge
            check.judge = lambda started: judge(  # type: ignore[method-assign]
                it.parts.in_flight.campaigns[started.campaign_id],
                it.person(started.stream),
                it.parts.in_flight.account,
                [started.attempt_id],
                it.now(),
            )
            await it.campaign(numbers(2))
            await it.until("turned back", lambda: len(it.events("attempt.abandoned")) >= 2)
            await asyncio.sleep(0.5)

            assert len(it.events("attempt.abandoned")) <= 4
            check.judge = real  # type: ignore[method-assign]
            await it.until("called in the end", lambda: it.phase() == "completed")

    play(scenario)
