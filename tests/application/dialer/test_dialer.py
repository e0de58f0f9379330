"""The dialer against the sandbox: the order of its steps, its limits, and what each refusal stops."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from application.commands import campaigns
from application.dialer.pausing import INVALID_REQUESTS_IN_A_ROW_MAX
from domain.call import CallClaimed, CallCreated
from domain.dial_outcome import DialOutcome
from domain.dialing import Verdict
from domain.identity import call_stream
from domain.recipient import AttemptAbandoned, AttemptAccepted, AttemptRefused, AttemptStarted, AttemptUnresolved
from tests.adapters.minivoice_server import always, http, raw_server
from tests.application.dialer.stage import Stage, numbers, play, stage
from tests.journeys.processes import free_port


def test_a_campaign_runs_to_its_end_with_one_request_for_each_recipient(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1.0) as it:
            await it.campaign(numbers(20))
            await it.until("completed", lambda: it.phase() == "completed")

            assert it.counts() == {"reached": 20}
            assert Counter(line["request_body"]["to"] for line in it.posts()) == Counter(numbers(20))

    play(scenario)


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
        assert verdict == Verdict(judged_at=started.recorded_at, attempts_counted=0, attempts_max=1)
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
            await it.until("paused", lambda: _pause_code(it, scope) == code)
            seen = len(it.posts())
            await it.until("all put back", lambda: it.counts() == {"queued": 5})
            refusals = it.events("attempt.refused")

            assert {_code(r.event) for r in refusals} == {(code, scope, False)}
            assert len(it.posts()) == seen <= 2
            body = _pause_body(it, scope)
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


def test_refusals_for_pace_slow_down_and_use_up_nobody(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, calls_per_second=10) as it:
            await it.campaign(numbers(15), per_second=40)
            await it.until("completed", lambda: it.phase() == "completed")
            refused = it.events("attempt.refused")

            assert refused
            assert {_code(r.event) for r in refused} == {("cps_limit_reached", "account", False)}
            assert it.sandbox.summary()["accepted_posts"] == 15

    play(scenario)


def test_never_more_requests_in_a_second_than_the_limit(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(60), per_second=25)
            await it.until("completed", lambda: it.phase() == "completed")
            arrivals = sorted(
                int(str(line["monotonic_ns"])) / 1e9
                for line in it.sandbox.log.lines("arrived")
                if line["method"] == "POST"
            )

            assert max(sum(1 for a in arrivals if first <= a < first + 1) for first in arrivals) <= 25
            assert len(arrivals) / (arrivals[-1] - arrivals[0]) > 20

    play(scenario)


def test_never_more_calls_open_than_allowed_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, ring_seconds="0.1:0.3", talk_seconds="0.1:0.3") as it:
            await it.campaign(numbers(12), at_once=3)
            most = 0
            while it.phase() != "completed":
                most = max(most, it.parts.in_flight.slots_held("spring", it.dialer._config.clock()))
                await it.parts.follower.moved(1.0)

            assert most == 3

    play(scenario)


def test_a_pause_takes_effect_between_two_calls_and_resume_goes_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(20), per_second=20)
            await it.until("some are called", lambda: len(it.posts()) >= 4)
            await it.do(campaigns.pause_campaign("spring"))
            seen = len(it.sandbox.log.lines("arrived"))
            await it.until("calls under way end", lambda: not ({"dialing", "in_progress"} & it.counts().keys()))
            await asyncio.sleep(0.3)

            assert len([x for x in it.sandbox.log.lines("arrived") if x["method"] == "POST"]) <= seen
            assert it.counts()["queued"] >= 10

            await it.do(campaigns.resume_campaign("spring", it.parts.in_flight.fingerprint))
            await it.until("completed", lambda: it.phase() == "completed")
            assert max(Counter(line["request_body"]["to"] for line in it.posts()).values()) == 1

    play(scenario)


def test_a_canceled_campaign_calls_nobody_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(20), per_second=20)
            await it.until("some are called", lambda: len(it.posts()) >= 2)
            await it.do(campaigns.cancel_campaign("spring"))
            seen = len(it.posts())
            await it.until("calls under way end", lambda: not ({"dialing", "in_progress"} & it.counts().keys()))

            assert len(it.posts()) == seen
            assert it.counts()["withdrawn"] >= 15

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


def test_a_provider_that_cannot_be_reached_is_tried_ever_more_rarely(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, provider=f"http://127.0.0.1:{free_port()}") as it:
            await it.campaign(numbers(5), at_once=1)
            await it.until("tried again", lambda: len(it.events("attempt.abandoned")) >= 3)
            first, second, third = (e.recorded_at for e in it.events("attempt.abandoned"))

            assert third - second > second - first
            assert it.counts() == {"queued": 5}
            assert it.phase() == "running"

    play(scenario)


def test_many_invalid_requests_in_a_row_are_our_mistake_and_pause_the_campaign(tmp_path: Path) -> None:
    invalid = b'{"error":{"code":"invalid_request","message":"from is not one of yours"}}'

    async def scenario() -> None:
        async with raw_server(always(http(400, invalid))) as server, stage(tmp_path, provider=server.url) as it:
            await it.campaign(numbers(20))
            await it.until("paused", lambda: it.phase() == "paused" and "dialing" not in it.counts())

            assert _pause_code(it, "campaign") == "invalid_request"
            assert _pause_body(it, "campaign") == invalid.decode()
            assert INVALID_REQUESTS_IN_A_ROW_MAX <= it.counts()["refused"] <= INVALID_REQUESTS_IN_A_ROW_MAX + 3

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


def test_a_campaign_completes_while_another_one_is_busy(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_delay=0.3) as it:
            await it.campaign(numbers(1), "spring")
            await it.campaign(numbers(200)[1:], "summer", per_second=30)
            await it.until("spring is over", lambda: it.phase("spring") == "completed")

            assert it.phase("summer") == "running"

    play(scenario)


def test_stopping_sends_nothing_more_and_leaves_no_attempt_open(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_delay=0.3) as it:
            await it.campaign(numbers(40), per_second=50)
            await it.until("some are on the wire", lambda: len(it.events("attempt.started")) >= 8)
            await it.dialer.stop()
            started = {e.event.attempt_id for e in it.events("attempt.started") if isinstance(e.event, AttemptStarted)}
            accepted = {
                e.event.attempt_id for e in it.events("attempt.accepted") if isinstance(e.event, AttemptAccepted)
            }
            abandoned = {
                e.event.attempt_id for e in it.events("attempt.abandoned") if isinstance(e.event, AttemptAbandoned)
            }

            assert started == accepted | abandoned
            assert {line["request_body"]["metadata"]["attempt_id"] for line in it.posts()} == accepted

    play(scenario)


def test_two_campaigns_never_call_the_same_person_at_the_same_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, ring_seconds="0.2:0.3", answer_rate=1.0) as it:
            await it.campaign(numbers(3), "spring")
            await it.campaign(numbers(3), "summer")
            await it.until("both completed", lambda: (it.phase("spring"), it.phase("summer")) == ("completed",) * 2)

            assert Counter(line["request_body"]["to"] for line in it.posts()) == dict.fromkeys(numbers(3), 2)
            for accepted in it.events("attempt.accepted")[3:]:
                assert isinstance(accepted.event, AttemptAccepted)
                own = {accepted.event.call_id}
                (first,) = {a.call_id for a in it.person(accepted.stream).attempts if a.call_id is not None} - own
                ended = it.parts.ledger.read_stream(call_stream(first), accepted.position)
                assert {"call.completed", "call.failed", "call.canceled"} & {e.name for e in ended}

    play(scenario)


def _code(event: object) -> tuple[str | None, str, bool]:
    assert isinstance(event, AttemptRefused)
    return event.code, event.concerns, event.counts


def _pause_code(it: Stage, scope: str) -> str | None:
    pause = it.parts.in_flight.account.pause if scope == "account" else it.parts.in_flight.campaigns["spring"].pause
    return None if pause is None else pause.code


def _pause_body(it: Stage, scope: str) -> str | None:
    pause = it.parts.in_flight.account.pause if scope == "account" else it.parts.in_flight.campaigns["spring"].pause
    return None if pause is None else pause.body
