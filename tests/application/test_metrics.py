from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from adapters.minivoice_webhook import BODY_BYTES_MAX
from adapters.provider_answer import ProviderAnswer
from application.commands.calls import observe_call
from application.metrics import PROVIDER_CODES, SECONDS, Metrics
from domain.call import REDELIVERIES_PER_KEY_MAX, REPORTS, CallObserved
from domain.dial_outcome import Abandoned, Refused, Unresolved
from tests.application.metrics.scraping import of, read, scraped
from tests.entrypoints.ledger_trouble import full_disk
from tests.entrypoints.serving import OTHER, SECRET, TO, Serving, payload, play


def test_webhooks_are_counted_by_what_they_say_and_what_became_of_them(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        answered = payload("call.answered")
        for body in (answered, answered, payload("call.gathered", data={"digits": "1"}), payload("call.sung"), b"{"):
            assert (await stage.deliver(body)).status_code == 204
        stage.secret = "wrong"
        assert (await stage.deliver(answered)).status_code == 401
        stage.secret = SECRET
        assert (await stage.deliver(b" " * (BODY_BYTES_MAX + 1))).status_code == 413
        with full_disk(stage.ledger):
            assert (await stage.deliver(payload("call.completed", note="x" * 50_000))).status_code == 503
        values = await scraped(stage)
        assert of(values, "dialtrail_webhooks_total") == {
            ("call.answered", "stored"): 1,
            ("call.answered", "redelivered"): 1,
            ("call.gathered", "stored"): 1,
            ("other", "stored"): 1,
            ("other", "quarantined"): 1,
            ("other", "refused"): 1,
            ("other", "too_large"): 1,
            ("call.completed", "unavailable"): 1,
        }
        assert of(values, "dialtrail_webhook_seconds_count") == {(): 8}

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_a_redelivery_that_is_only_counted_is_counted_here(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for _ in range(REDELIVERIES_PER_KEY_MAX + 3):
            assert (await stage.deliver(payload("call.answered"))).status_code == 204
        assert len(stage.feed()) == REDELIVERIES_PER_KEY_MAX + 1
        assert of(await scraped(stage), "dialtrail_webhooks_total") == {
            ("call.answered", "stored"): 1,
            ("call.answered", "redelivered"): REDELIVERIES_PER_KEY_MAX + 2,
        }

    play(tmp_path, scene)


def test_without_a_secret_what_cannot_be_read_is_counted_as_such(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(b"{")).status_code == 400
        assert of(await scraped(stage), "dialtrail_webhooks_total") == {("other", "unreadable"): 1}

    play(tmp_path, scene)


def test_names_that_the_provider_invents_make_no_new_series() -> None:
    metrics = Metrics()
    for name in ["", "call.sung", *(f"call.{n}" for n in range(1_000)), *REPORTS]:
        metrics.webhook(name, "stored", 0.001)
    for n in range(1_000):
        metrics.request(None, f"VERB{n}", 404, 0.001)
        metrics.provider_answered(answer(400, f"code_{n}"))

    values = read(metrics.text().decode())

    assert of(values, "dialtrail_webhooks_total") == {
        ("other", "stored"): 1_002,
        **{(name, "stored"): 1 for name in REPORTS},
    }
    assert of(values, "dialtrail_http_requests_total") == {("other", "none", "404"): 1_000}
    assert of(values, "dialtrail_provider_errors_total") == {("other", "place_call"): 1_000}


def answer(status: int | None, code: str | None = None, seconds: float = 0.1) -> ProviderAnswer:
    return ProviderAnswer(operation="place_call", call_id=None, status=status, code=code, seconds=seconds)


def test_what_the_provider_refused_or_left_unanswered_is_counted_by_its_code() -> None:
    metrics = Metrics()
    for told in (answer(201), answer(402, "insufficient_balance"), answer(500), answer(None), answer(None)):
        metrics.provider_answered(told)

    values = read(metrics.text().decode())

    assert of(values, "dialtrail_provider_errors_total") == {
        ("insufficient_balance", "place_call"): 1,
        ("other", "place_call"): 1,
        ("no_answer", "place_call"): 2,
    }
    assert of(values, "dialtrail_provider_seconds_count") == {("place_call",): 5}
    assert of(values, "dialtrail_provider_seconds_sum") == {("place_call",): pytest.approx(0.5)}


def test_the_codes_that_have_a_series_are_those_the_provider_documents_for_what_we_ask() -> None:
    assert sorted(PROVIDER_CODES) == [
        "active_call_not_found",
        "ai_score_not_found",
        "ai_summary_not_found",
        "ai_topics_not_found",
        "call_not_found",
        "call_uuid_missing",
        "concurrent_call_limit_reached",
        "cps_limit_reached",
        "insufficient_balance",
        "invalid_action",
        "invalid_json",
        "invalid_request",
        "no_active_trunk",
        "originate_failed",
        "rate_not_found",
        "recording_not_started",
        "recording_start_failed",
        "recording_stop_failed",
        "spend_control_exceeded",
        "transcription_not_found",
        "unauthorized",
    ]


def test_attempts_are_counted_by_their_outcome_as_it_is_recorded(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert of(await scraped(stage), "dialtrail_attempts_total") == {
            ("accepted",): 0,
            ("refused",): 0,
            ("abandoned",): 0,
            ("unresolved",): 0,
        }
        await stage.campaign(TO, OTHER, "+15551230004", "+15551230005")
        await stage.dial(TO, "call_1")
        refused = Refused(status=400, code="invalid_request", body="{}", concerns="recipient", counts=False)
        await stage.settle(await stage.start(OTHER, "att_2"), refused)
        await stage.settle(await stage.start("+15551230004", "att_3"), Abandoned(why="no connection"))
        await stage.settle(await stage.start("+15551230005", "att_4"), Unresolved(why="no answer"))
        assert of(await scraped(stage), "dialtrail_attempts_total") == {
            ("accepted",): 1,
            ("refused",): 1,
            ("abandoned",): 1,
            ("unresolved",): 1,
        }

    play(tmp_path, scene)


def test_fields_that_are_not_as_documented_are_counted_once_for_each_report(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        odd = payload("call.gathered", seconds=5, data={"digits": 9, "timed_out": "no"})
        numeric = payload("call.completed", call_id=7113)  # type: ignore[arg-type]
        for body in (odd, odd, numeric, payload("call.answered")):
            assert (await stage.deliver(body)).status_code == 204
        observed = CallObserved(digest="d", body="{}", drift=("status: is not a text",))
        await stage.do(observe_call("call_1", observed))
        assert of(await scraped(stage), "dialtrail_drift_total") == {
            ("data.digits", "webhook"): 1,
            ("data.timed_out", "webhook"): 1,
            ("call.id", "webhook"): 1,
            ("status", "api"): 1,
        }

    play(tmp_path, scene)


def test_requests_are_counted_by_the_template_of_their_route_never_by_their_path(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.client.get(f"/v1/campaigns/spring_followup/recipients/{TO}")
        await stage.client.get("/v1/calls/nobody/timeline")
        await stage.client.get("/v1/nowhere")
        await stage.client.delete("/v1/campaigns")
        await stage.client.get("/health/live")
        values = await scraped(stage)
        assert of(values, "dialtrail_http_requests_total") == {
            ("POST", "/v1/campaigns", "201"): 1,
            ("POST", "/v1/campaigns/{id}/recipients", "200"): 1,
            ("POST", "/v1/campaigns/{id}/start", "200"): 1,
            ("GET", "/v1/campaigns/{id}/recipients/{number}", "200"): 1,
            ("GET", "/v1/calls/{id}/timeline", "404"): 1,
            ("GET", "none", "404"): 1,
            ("DELETE", "/v1/campaigns", "405"): 1,
            ("GET", "/health/live", "200"): 1,
        }
        assert of(values, "dialtrail_http_seconds_count")[("/v1/calls/{id}/timeline",)] == 1

    play(tmp_path, scene)


def test_commits_are_counted_with_their_size_and_their_time(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER, start=False)
        values = await scraped(stage)
        assert of(values, "dialtrail_commit_commands_count") == {(): 2}
        assert of(values, "dialtrail_commit_commands_sum") == {(): 2}
        assert of(values, "dialtrail_commit_events_sum") == {(): 3}
        assert of(values, "dialtrail_commit_seconds_count") == {(): 2}
        assert 0 < of(values, "dialtrail_commit_seconds_sum")[()] < 10
        assert of(values, "dialtrail_ledger_position") == {(): 3}

    play(tmp_path, scene)


def test_times_fall_below_the_bound_that_they_equal() -> None:
    metrics = Metrics()
    for seconds in (0.0, 0.001, 0.0011, 30.0, 31.0):
        metrics.webhook("call.answered", "stored", seconds)

    values = read(metrics.text().decode())

    buckets = {bound: count for (bound,), count in of(values, "dialtrail_webhook_seconds_bucket").items()}
    assert len(buckets) == len(SECONDS) + 1
    assert (buckets["0.001"], buckets["0.0025"], buckets["10"], buckets["30"], buckets["+Inf"]) == (2, 3, 3, 4, 5)


def test_two_installations_share_no_number_and_none_is_the_library_s(tmp_path: Path) -> None:
    metrics, other = Metrics(), Metrics()
    metrics.webhook("call.answered", "stored", 0.001)

    assert of(read(other.text().decode()), "dialtrail_webhooks_total") == {}
    assert [family.name for family in REGISTRY.collect() if family.name.startswith("dialtrail")] == []
