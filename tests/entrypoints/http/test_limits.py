import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from entrypoints.http import limits as http_limits
from entrypoints.http.access import Access
from entrypoints.http.limits import RequestLimits
from entrypoints.http.problems import TooManyRequests
from entrypoints.http.routes.campaigns import CAMPAIGN_BYTES_MAX
from tests.entrypoints.serving import (
    AUDITOR,
    OPERATOR,
    SPRING,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    on_a_socket,
    payload,
    play,
    problem,
)

TITLE = "Too many requests; try again later"
TOO_FAST = problem(
    "too-many-requests",
    429,
    TITLE,
    "more than 2 requests a second; wait, or raise DIALTRAIL_API_REQUESTS_PER_SECOND",
)
TOO_MANY_WRONG = problem(
    "too-many-requests", 429, TITLE, "too many wrong tokens came from this address; wait before the next"
)
WRONG = {"authorization": "Bearer wrong"}
BURST = 10  # of two a second for five seconds


class Ticking:
    """A monotonic clock that is told to go on."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def clocked(stage: Serving, per_second: float = 2.0) -> Ticking:
    """Limits on a clock of the test's own, instead of the installation's."""
    clock, access = Ticking(), guard(stage)
    access._limits = RequestLimits(per_second, clock)
    return clock


def guard(stage: Serving) -> Access:
    found = stage.parts.app._guarded
    assert isinstance(found, Access)
    return found


async def statuses(stage: Serving, count: int, headers: dict[str, str] | None = None) -> list[int]:
    return [(await stage.client.get("/v1/campaigns", headers=headers)).status_code for _ in range(count)]


def test_a_token_has_five_seconds_worth_at_once_and_then_what_its_pace_gives(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        clock = clocked(stage)
        assert await statuses(stage, BURST, VIEWER) == [200] * BURST
        refused = await stage.client.get("/v1/campaigns", headers=VIEWER)
        assert_problem(refused, TOO_FAST)
        assert refused.headers["retry-after"] == "1"
        clock.seconds += 0.5
        assert await statuses(stage, 2, VIEWER) == [200, 429]
        clock.seconds += 1_000
        assert await statuses(stage, BURST + 1, VIEWER) == [200] * BURST + [429]

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_each_token_has_a_pace_of_its_own_and_what_is_refused_is_not_done(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        clocked(stage)
        assert await statuses(stage, BURST + 1, OPERATOR) == [200] * BURST + [429]
        assert await statuses(stage, 1, AUDITOR) == [200]
        answer = await stage.client.post("/v1/campaigns", json=SPRING, headers=OPERATOR)
        assert_problem(answer, TOO_FAST)
        assert stage.feed() == []

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_without_tokens_everybody_on_this_machine_shares_one_pace(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        clocked(stage)
        assert await statuses(stage, BURST + 1) == [200] * BURST + [429]

    play(tmp_path, scene)


def test_the_owners_token_webhooks_and_health_have_no_limit(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        clocked(stage)
        owner = {"authorization": f"Bearer {stage.parts.owner_token}"}
        assert await statuses(stage, 5 * BURST, owner) == [200] * 5 * BURST
        for number in range(5 * BURST):
            assert (await stage.deliver(payload("call.answered", f"call_{number}"))).status_code == 204
            assert (await stage.client.get("/health/live")).status_code == 200
        assert await statuses(stage, BURST + 1, VIEWER) == [200] * BURST + [429]

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_a_token_that_is_named_like_the_owner_is_limited_like_any_other(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        clocked(stage)
        named = {"authorization": "Bearer its-token"}
        assert await statuses(stage, BURST + 1, named) == [200] * BURST + [429]

    play(tmp_path, scene, DIALTRAIL_TOKENS="owner:operator:its-token")


@pytest.mark.parametrize(("setting", "expected"), [("1", [200] * 5 + [429]), ("0", [200] * 6), ("0.1", [200, 429])])
def test_the_pace_is_a_setting_and_zero_is_none(tmp_path: Path, setting: str, expected: list[int]) -> None:
    async def scene(stage: Serving) -> None:
        limits = guard(stage)._limits
        limits._monotonic = Ticking()
        assert await statuses(stage, len(expected)) == expected

    play(tmp_path, scene, DIALTRAIL_API_REQUESTS_PER_SECOND=setting)


def test_whoever_guesses_waits_and_known_tokens_always_get_in(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        clock = clocked(stage, 0)
        wrong = http_limits.WRONG_TOKENS_BURST
        assert await statuses(stage, wrong, WRONG) == [401] * wrong
        refused = await stage.client.get("/v1/campaigns", headers=WRONG)
        assert_problem(refused, TOO_MANY_WRONG)
        assert refused.headers["retry-after"] == "5"
        # Nobody of these was seen here before the guesser was.
        owner = {"authorization": f"Bearer {stage.parts.owner_token}"}
        for known in (VIEWER, AUDITOR, OPERATOR, owner):
            assert await statuses(stage, 2, known) == [200, 200]
        signed_in = await stage.client.post("/sign-in", data={"token": "command-token"})
        assert signed_in.status_code == 303
        stage.client.cookies.clear()
        clock.seconds += 1 / http_limits.WRONG_TOKENS_PER_SECOND
        assert await statuses(stage, 2, WRONG) == [401, 429]
        assert await statuses(stage, 1, OPERATOR) == [200]

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_behind_a_trusted_proxy_the_guesser_alone_waits(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        clocked(stage, 0)
        guesser, mistyped = ({"x-forwarded-for": address} for address in ("203.0.113.7", "203.0.113.8"))
        wrong = http_limits.WRONG_TOKENS_BURST
        assert await statuses(stage, wrong + 1, WRONG | guesser) == [401] * wrong + [429]
        # What stands before the proxy's own word is the guesser's, who cannot have the bucket of another by it.
        spoofed = {"x-forwarded-for": "203.0.113.8, 203.0.113.7"}
        assert await statuses(stage, 1, WRONG | spoofed) == [429]
        assert await statuses(stage, 2, WRONG | mistyped) == [401, 401]

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS, DIALTRAIL_TRUSTED_PROXIES="127.0.0.1")


def test_what_an_untrusted_proxy_tells_is_nobodys_address(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        clocked(stage, 0)
        wrong = http_limits.WRONG_TOKENS_BURST
        for last in range(wrong):
            assert await statuses(stage, 1, WRONG | {"x-forwarded-for": f"203.0.113.{last}"}) == [401]
        assert await statuses(stage, 1, WRONG | {"x-forwarded-for": "203.0.113.99"}) == [429]

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS, DIALTRAIL_TRUSTED_PROXIES="10.0.0.0/8")


def test_no_token_at_all_is_no_guess(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        clocked(stage, 0)
        assert await statuses(stage, 100) == [401] * 100
        assert await statuses(stage, 1, WRONG) == [401]

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_of_ever_more_addresses_the_ones_used_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "ADDRESSES_MAX", 3)
    limits = RequestLimits(0, Ticking())
    for _ in range(http_limits.WRONG_TOKENS_BURST):
        limits.wrong_token("192.0.2.1")
    for last in range(2, 200):
        limits.wrong_token(f"192.0.2.{last}")
        with pytest.raises(TooManyRequests):
            limits.wrong_token("192.0.2.1")
    assert len(limits._addresses) == 3
    for last in range(2, 5):
        limits.wrong_token(f"192.0.2.{last}")
    limits.wrong_token("192.0.2.1")


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
    ],
)
def test_a_network_of_one_customer_counts_as_one_address(one: str, other: str, is_same: bool) -> None:
    limits = RequestLimits(0, Ticking())
    for _ in range(http_limits.WRONG_TOKENS_BURST):
        limits.wrong_token(one)
    try:
        limits.wrong_token(other)
        is_refused = False
    except TooManyRequests:
        is_refused = True
    assert is_refused == is_same


def test_a_body_that_says_that_it_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        asked: list[str] = []

        async def receive() -> dict[str, Any]:
            asked.append("more")
            return {"type": "http.request", "body": b" ", "more_body": True}

        for length in (str(CAMPAIGN_BYTES_MAX + 1), "9" * 30):
            sent: list[Any] = []

            async def send(message: Any, sent: list[Any] = sent) -> None:
                sent.append(message)

            scope = {
                "type": "http",
                "method": "POST",
                "path": "/v1/campaigns",
                "raw_path": b"/v1/campaigns",
                "query_string": b"",
                "headers": [(b"host", b"127.0.0.1"), (b"content-length", length.encode())],
                "client": ("127.0.0.1", 1),
            }
            await stage.parts.app(scope, receive, send)
            assert (sent[0]["status"], asked) == (413, [])

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/campaigns", 200),
        ("GET", "/openapi.json", 200),
        ("POST", "/v1/campaigns/spring_followup/pause", 200),
        ("DELETE", "/v1/suppressions/+15551230002", 200),
        ("GET", "/health/live", 200),
        ("GET", "/v1/nowhere", 404),
        ("PUT", "/v1/campaigns", 405),
    ],
)
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_that_no_route_asked_for_is_not_looked_at_and_spoils_nothing(
    tmp_path: Path, method: str, path: str, status: int, is_chunked: bool
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"\xff{" * 50_000

    async def scene(stage: Serving) -> None:
        await stage.campaign()
        async with on_a_socket(stage), asyncio.timeout(20):
            content: Any = chunks() if is_chunked else b"\xff{" * 1_000_000
            answer = await stage.client.request(method, path, content=content)
            assert answer.status_code == status
            assert (await stage.client.get("/v1/campaigns")).status_code == 200

    play(tmp_path, scene)
