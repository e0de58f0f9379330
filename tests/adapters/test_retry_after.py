"""What `Retry-After` says, in both of its forms, and what it does not."""

import asyncio

import pytest

from adapters.retry_after import retry_after_seconds
from domain.dial_outcome import DialOutcome, Refused
from tests.adapters.minivoice_client_of import Marks, client_of, place
from tests.adapters.minivoice_server import always, http, raw_server

NOON = "Fri, 29 May 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        (None, NOON, None),
        ("0", None, 0.0),
        ("17", None, 17.0),
        (" 17 ", None, 17.0),
        ("999999999", None, 999_999_999.0),
        ("9999999999", None, None),
        ("1.5", None, None),
        ("-1", NOON, None),
        ("soon", NOON, None),
        ("", NOON, None),
        ("\u0661\u0667", NOON, None),
        ("Fri, 29 May 2026 12:02:00 GMT", NOON, 120.0),
        ("Fri, 29 May 2026 11:58:00 GMT", NOON, 0.0),
        ("Fri, 29 May 2026 12:02:00 GMT", None, None),
        ("Fri, 29 May 2026 12:02:00 GMT", "yesterday", None),
        ("Fri, 29 May 2026 14:02:00 +0200", "Fri, 29 May 2026 12:00:00 -0000", 120.0),
    ],
)
def test_it_says_seconds_or_a_date_by_the_servers_clock(
    value: str | None, date: str | None, seconds: float | None
) -> None:
    assert retry_after_seconds(value, date) == seconds


@pytest.mark.parametrize(("said", "seconds"), [("retry-after: 17", 17.0), ("retry-after: soon", None)])
def test_what_a_refusal_says_of_when_to_come_back_is_in_the_outcome(said: str, seconds: float | None) -> None:
    body = b'{"error":{"code":"cps_limit_reached","message":"too many"}}'

    async def scenario() -> DialOutcome:
        async with raw_server(always(http(429, body, said))) as server, client_of(server) as client:
            return await place(client, Marks())

    assert asyncio.run(scenario()) == Refused(
        status=429,
        code="cps_limit_reached",
        body=body.decode(),
        concerns="account",
        counts=False,
        throttle="calls_per_second",
        retry_after_seconds=seconds,
    )
