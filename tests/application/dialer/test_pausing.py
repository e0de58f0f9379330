"""A pause for a mistake of our own."""

from pathlib import Path

from application.dialer.pausing import INVALID_REQUESTS_IN_A_ROW_MAX
from tests.adapters.minivoice_server import always, http, raw_server
from tests.application.dialer.paused import pause_body, pause_code
from tests.application.dialer.stage import numbers, play, stage


def test_many_invalid_requests_in_a_row_are_our_mistake_and_pause_the_campaign(tmp_path: Path) -> None:
    invalid = b'{"error":{"code":"invalid_request","message":"from is not one of yours"}}'

    async def scenario() -> None:
        async with raw_server(always(http(400, invalid))) as server, stage(tmp_path, provider=server.url) as it:
            await it.campaign(numbers(20), per_second=5, at_once=1)
            await it.until("paused", lambda: it.phase() == "paused" and "dialing" not in it.counts())

            assert pause_code(it, "campaign") == "invalid_request"
            assert pause_body(it, "campaign") == invalid.decode()
            assert INVALID_REQUESTS_IN_A_ROW_MAX <= it.counts()["refused"] <= INVALID_REQUESTS_IN_A_ROW_MAX + 3

    play(scenario)
