"""Settings of everything but what a call says: limits, money, lives, webhooks, answers, and calls of others."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from entrypoints.sandbox.settings.kinds import (
    ANSWERS,
    LIFE,
    LIMITS,
    MONEY,
    OTHERS,
    RECORDINGS,
    SERVER,
    WEBHOOKS,
    Amount,
    ApiKey,
    Echo,
    EventName,
    HttpUrl,
    Names,
    NumberPrefix,
    OrNone,
    PositiveCount,
    Rate,
    Seconds,
    option,
)
from entrypoints.sandbox.span import SecondsSpan, Span


class ProviderSettings(BaseModel):
    """The part of SandboxSettings that the sandbox has with or without answer documents."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, defer_build=True)

    port: Annotated[int, Field(ge=0, le=65_535)] = option(
        0, SERVER, "Port on 127.0.0.1; 0 picks a free one.", fixed=True
    )
    seed: Annotated[int, Field(ge=0, le=2**63)] = option(
        1, SERVER, "The same seed plays the same day: each choice is a hash of it and of the call.", fixed=True
    )
    api_keys: Annotated[tuple[ApiKey, ...], Field(min_length=1, max_length=100)] = option(
        ("mv_live_sandbox",),
        SERVER,
        "A bearer key; repeat it: each is one application (app_1, app_2, …) with its own balance, limits and calls.",
        flag="--api-key",
        fixed=True,
    )
    log: Path | None = option(
        None, SERVER, "Append every request and every webhook try to this file, as JSON lines.", fixed=True
    )
    log_lines_max: PositiveCount = option(
        50_000, SERVER, "Lines kept in memory; older ones are dropped, and counted.", fixed=True
    )

    calls_per_second: PositiveCount = option(
        1_000, LIMITS, "Calls accepted in any sliding second, per key; more is 429 cps_limit_reached."
    )
    calls_at_once: PositiveCount = option(
        100_000, LIMITS, "Calls under way at once, per key; more is 429 concurrent_call_limit_reached."
    )
    no_rate_prefixes: Annotated[tuple[NumberPrefix, ...], Names] = option(
        (),
        LIMITS,
        "A number prefix such as +44 without a price, or none: 400 rate_not_found. Repeatable.",
        flag="--no-rate-prefix",
    )
    no_active_trunk: bool = option(False, LIMITS, "Answer every call with 400 no_active_trunk.", off="--active-trunk")
    revoke_keys: bool = option(False, LIMITS, "Answer every request with 401 unauthorized.", off="--restore-keys")

    balance: Annotated[Amount | None, OrNone] = option(
        None,
        MONEY,
        "Balance per key, such as 25.00; without it, or with none, unlimited. Used up: 402 insufficient_balance.",
    )
    spend_limit: Annotated[Amount | None, OrNone] = option(
        None, MONEY, "Most that a key may spend, reservations included, or none; beyond it, 403 spend_control_exceeded."
    )
    cost_per_call: Amount = option(Decimal("0.01"), MONEY, "Price of an answered call, taken when it completes.")
    cost_per_second: Amount = option(Decimal("0.002"), MONEY, "Price of each begun second of talk.")
    reserve_per_call: Amount = option(
        Decimal("0.05"), MONEY, "Held back from the balance from creation until the call ends."
    )

    answer_rate: Rate = option(0.7, LIFE, "Share of calls that are answered; the rest ring out, are busy or canceled.")
    busy_rate: Rate = option(0.35, LIFE, "Share of the calls that nobody answers which end in call.failed, as busy.")
    canceled_rate: Rate = option(
        0.15, LIFE, "Share of the calls that nobody answers which end in call.canceled; it goes before --busy-rate."
    )
    ring_seconds: SecondsSpan = option(Span(0.2, 1.0), LIFE, "How long a call rings, MIN:MAX.")
    talk_seconds: SecondsSpan = option(Span(0.5, 2.0), LIFE, "How long an answered call lasts, MIN:MAX.")
    gather_rate: Rate = option(0.5, LIFE, "Share of answered calls with one to three call.gathered events.")
    gather_timeout_rate: Rate = option(0.3, LIFE, "Share of first call.gathered events without digits: timed_out.")
    wrong_direction_rate: Rate = option(
        0.1, LIFE, 'Share of outbound calls whose call.completed says "direction":"inbound", as documented.'
    )
    recording_seconds: SecondsSpan = option(
        Span(0.15, 0.15), RECORDINGS, "How long after its end a recording is ready, MIN:MAX; 60:600 is minutes late."
    )
    recording_failed_rate: Rate = option(0.0, RECORDINGS, "Share of recordings that end in recording.failed.")
    call_uuid_missing_rate: Rate = option(
        0.0, RECORDINGS, "Share of POSTs to a call's recordings answered 409 call_uuid_missing."
    )
    recording_start_failed_rate: Rate = option(
        0.0, RECORDINGS, "Share of recordings started by POST answered 500 recording_start_failed."
    )
    recording_stop_failed_rate: Rate = option(
        0.0, RECORDINGS, "Share of recordings stopped by POST answered 500 recording_stop_failed; they go on."
    )
    ai_seconds: SecondsSpan = option(
        Span(0.5, 0.5), RECORDINGS, "Wait from a recording's being ready until each AI result can be read, MIN:MAX."
    )
    ai_missing_rate: Rate = option(0.0, RECORDINGS, "Share of AI results (each on its own) that never come.")

    webhook_url: Annotated[HttpUrl | None, OrNone] = option(
        None, WEBHOOKS, "Where webhooks go, http://… or https://…; without it, or with none, they are only logged."
    )
    webhook_secret: Annotated[Annotated[str, Field(min_length=1)] | None, OrNone] = option(
        None, WEBHOOKS, "Sign webhooks with this secret; without it, or with none, not at all.", secret=True
    )
    webhook_timeout_seconds: Annotated[float, Field(gt=0, le=600)] = option(
        5.0, WEBHOOKS, "Wait for the receiver's answer.", fixed=True
    )
    deliveries_at_once: Annotated[int, Field(ge=1, le=1_000)] = option(
        32, WEBHOOKS, "Webhooks under way at once.", fixed=True
    )
    retry_seconds: Annotated[float, Field(ge=0.01, le=3_600)] = option(
        0.5, WEBHOOKS, "Wait before the first retry; it doubles with each one."
    )
    retry_max_seconds: Annotated[float, Field(ge=0.01, le=3_600)] = option(
        10.0, WEBHOOKS, "Longest wait between two tries."
    )
    retry_deadline_seconds: Seconds = option(86_400.0, WEBHOOKS, "Give a webhook up when its first try is this old.")
    duplicate_rate: Rate = option(
        0.0, WEBHOOKS, "Share of webhooks sent again later, byte for byte, one to three times."
    )
    shuffle_rate: Rate = option(
        0.0, WEBHOOKS, "Share of webhooks held for up to --shuffle-seconds, so that they arrive out of order."
    )
    shuffle_seconds: Seconds = option(2.0, WEBHOOKS, "Longest hold of a shuffled webhook.")
    delay_rate: Rate = option(0.0, WEBHOOKS, "Share of webhooks that come --delay-seconds late.")
    delay_seconds: SecondsSpan = option(Span(1.0, 5.0), WEBHOOKS, "How late a delayed webhook comes, MIN:MAX.")
    drop_rate: Rate = option(0.0, WEBHOOKS, "Share of webhooks that are never sent.")
    drop_events: Annotated[tuple[EventName, ...], Names] = option(
        (), WEBHOOKS, "Only these are dropped, such as call.completed,call.failed; without it, or with all, any event."
    )
    early_webhook_rate: Rate = option(
        0.0, WEBHOOKS, "Share of calls whose call.created arrives before the POST is answered."
    )
    changed_body_rate: Rate = option(
        0.0, WEBHOOKS, "Share of call.created sent a second time with the same event_key but another body."
    )
    echo_metadata: Echo = option(
        "none",
        WEBHOOKS,
        "Where the caller's metadata comes back (response: of POST and GET); the document does not say.",
    )

    created_status: Annotated[int, Field(ge=200, le=203)] = option(
        201, ANSWERS, "Status of a successful POST; the document does not say which."
    )
    answer_url: str = option(
        "https://example.test/answer",
        ANSWERS,
        "The answer_url shown in responses; asked what a call says with --fetch-answers.",
    )
    answer_delay: Seconds = option(
        0.0, ANSWERS, "Seconds that every POST waits for its answer; checks and the call happen on arrival."
    )
    slow_rate: Rate = option(0.0, ANSWERS, "Share of POSTs answered only after --slow-seconds.")
    slow_seconds: SecondsSpan = option(
        Span(1.0, 3.0), ANSWERS, "How long a slow answer takes, to a POST or a GET, MIN:MAX."
    )
    lost_response_rate: Rate = option(
        0.0, ANSWERS, "Share of POSTs that create a call, then close the connection without one byte of answer."
    )
    lose_responses: Annotated[int, Field(ge=0, le=10_000)] = option(
        0, ANSWERS, "Lose exactly N responses, at seeded places among the next 10·N accepted POSTs."
    )
    timeout_rate: Rate = option(
        0.0, ANSWERS, "Share of POSTs that create a call, say nothing for --timeout-seconds, then close."
    )
    timeout_seconds: Seconds = option(30.0, ANSWERS, "How long a timed-out POST is held.")
    error_500_rate: Rate = option(0.0, ANSWERS, "Share of POSTs answered 500; the call may exist.")
    error_502_rate: Rate = option(
        0.0, ANSWERS, "Share of POSTs answered 502 originate_failed; the call may exist, with late webhooks."
    )
    error_call_exists_rate: Rate = option(0.5, ANSWERS, "Share of those 500s and 502s in spite of which a call exists.")
    refuse_429_rate: Rate = option(0.0, ANSWERS, "Share of POSTs refused with cps_limit_reached for no reason.")
    read_error_rate: Rate = option(0.0, ANSWERS, "Share of GETs of calls, AI results and usage answered 500.")
    read_slow_rate: Rate = option(0.0, ANSWERS, "Share of those GETs answered only after --slow-seconds.")

    foreign_calls_per_minute: Annotated[float, Field(ge=0, le=60_000)] = option(
        0.0, OTHERS, "Outbound calls placed by others on the application; webhooks, costs and limits included."
    )
    inbound_calls_per_minute: Annotated[float, Field(ge=0, le=60_000)] = option(
        0.0, OTHERS, "Calls that come in to the application; they cost nothing."
    )
    ring_back_rate: Rate = option(
        0.0,
        OTHERS,
        "Share of the application's own calls after whose end their person rings back, to the number that called.",
    )
    ring_back_seconds: SecondsSpan = option(Span(1.0, 5.0), OTHERS, "How long after that end they ring, MIN:MAX.")

    @field_validator("api_keys")
    @classmethod
    def _keys_differ(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(keys)) != len(keys):
            raise ValueError("give each key once: a key is one application")
        return keys
