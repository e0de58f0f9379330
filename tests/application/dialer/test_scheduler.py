"""Who is called when: the limits, pauses on the way, and whom several campaigns want to call."""

import asyncio
import time
from collections import Counter
from pathlib import Path

import pytest

from adapters.documents.campaign import parse_campaign
from application.commands import campaigns
from application.dialer.gate import Gate
from domain.campaign import Limits, Plan
from domain.errors import InvalidInput
from domain.identity import call_stream
from domain.pacing import ARRIVAL_JITTER_SECONDS
from domain.recipient import AttemptAccepted
from tests.application.commands.starting import start_campaign
from tests.application.dialer.paused import refusal
from tests.application.dialer.stage import numbers, play, stage
from tests.journeys.processes import free_port
from tests.lateness import lateness


def test_refusals_for_pace_slow_down_and_use_up_nobody(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, calls_per_second=4) as it:
            await it.campaign(numbers(15), per_second=40)
            await it.until("completed", lambda: it.phase() == "completed")
            refused = it.events("attempt.refused")

            assert refused
            assert {refusal(r.event) for r in refused} == {("cps_limit_reached", "account", False)}
            assert it.sandbox.summary()["accepted_posts"] == 15

    play(scenario)


def test_never_more_requests_in_a_second_than_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[float] = []
    written = Gate.written

    def noted(gate: Gate) -> None:
        left.append(time.monotonic())
        written(gate)

    monkeypatch.setattr(Gate, "written", noted)

    async def scenario() -> None:
        async with stage(tmp_path) as it, lateness(1 / 25) as machine:
            await it.campaign(numbers(60), per_second=25)
            await it.until("completed", lambda: it.phase() == "completed")
            arrivals = sorted(
                int(str(line["monotonic_ns"])) / 1e9
                for line in it.sandbox.log.lines("arrived")
                if line["method"] == "POST"
            )

            # The sandbox is in this process: where that stands still, what has left is seen to arrive later than the pace
            # allows for, and what is promised holds for a second that is shorter by so much.
            late = max(at - gone for gone, at in zip(sorted(left), arrivals, strict=True))
            second = 1 - max(0.0, late - ARRIVAL_JITTER_SECONDS)
            assert max(sum(1 for a in arrivals if first <= a < first + second) for first in arrivals) <= 25
            assert len(arrivals) / (arrivals[-1] - arrivals[0]) > 20 * machine.share

    play(scenario)


def test_never_more_calls_open_than_allowed_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, ring_seconds="0.1:0.3", talk_seconds="0.1:0.3") as it:
            await it.campaign(numbers(12), at_once=3)
            most = 0
            while it.phase() != "completed":
                most = max(most, it.parts.in_flight.attempts.slots_held("spring", it.dialer._config.clock()))
                await it.parts.follower.moved(1.0)

            assert most == 3

    play(scenario)


def test_a_pause_takes_effect_between_two_calls_and_resume_goes_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(20), per_second=8)
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
            await it.campaign(numbers(20), per_second=2)
            await it.until("some are called", lambda: len(it.posts()) >= 2)
            await it.do(campaigns.cancel_campaign("spring"))
            seen = len(it.posts())
            await it.until("calls under way end", lambda: not ({"dialing", "in_progress"} & it.counts().keys()))

            assert len(it.posts()) == seen
            assert it.counts()["withdrawn"] >= 15

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


def test_a_limit_that_no_clock_can_count_is_refused_and_one_in_the_ledger_stops_nobody(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"limits\.calls_per_second"):
        parse_campaign({"id": "slow", "from": "+15551230001", "limits": {"calls_per_second": 1e-12}})

    async def scenario() -> None:
        async with stage(tmp_path) as it:
            plan = Plan(caller_number="+15551230001", limits=Limits(calls_per_second=1e-12))
            await it.do(campaigns.create_campaign("slow", plan))
            await it.do(start_campaign("slow"))
            await it.campaign(numbers(2), "spring")
            await it.until("the other is called", lambda: it.phase("spring") == "completed")

    play(scenario)


def test_resuming_tries_held_destinations_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, no_rate_prefixes=["+15552000000"], answer_rate=1.0) as it:
            await it.campaign(numbers(2))
            await it.until("one is held", lambda: it.counts() == {"held": 1, "reached": 1})
            it.sandbox.update(no_rate_prefixes=[])
            if it.phase() == "running":
                await it.do(campaigns.pause_campaign("spring"))
                notes = await it.do(campaigns.resume_campaign("spring", it.parts.in_flight.fingerprint))
                await it.until("called after all", lambda: it.counts() == {"reached": 2})
                assert notes == ["1 held destination is tried again"]

    play(scenario)
