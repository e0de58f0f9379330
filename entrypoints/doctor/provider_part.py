"""Does MiniVoice answer, does it know our key, and what does it say of one known call?"""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from msgspec import Struct

from adapters.minivoice_answers import CallFound, CallMissing, LookupFailed
from adapters.minivoice_client import MiniVoiceClient
from adapters.minivoice_usage import usage_drift
from domain.account import UsageObserved
from domain.counted import counted
from entrypoints.doctor.clock_part import DateSeen
from entrypoints.doctor.finding import Finding, Level
from entrypoints.settings import Settings

USAGE_WINDOW = timedelta(days=1)
OTHER_PORT = (
    "the sandbox of the running `dialtrail up --sandbox` has another port than this terminal's DIALTRAIL_SANDBOX_PORT; set "
    "it here as it is set there"
)


class ProviderSaid(Struct, frozen=True):
    """MiniVoice's answers. `call` is None where no call was asked for."""

    usage: UsageObserved | LookupFailed
    call: CallFound | CallMissing | LookupFailed | None
    date: DateSeen | None


class DateKeeper(httpx.AsyncHTTPTransport):
    """A transport that remembers the `Date` of the last answer, and our clock around it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(http2=False, retries=0, trust_env=False)
        self._clock = clock
        self.seen: DateSeen | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        before = self._clock()
        response = await super().handle_async_request(request)
        if (header := response.headers.get("date")) is not None:
            self.seen = DateSeen(before, self._clock(), header)
        return response


async def ask_provider(settings: Settings, clock: Callable[[], datetime], call_id: str | None) -> ProviderSaid:
    """Ask for a day's usage, and for one call. Raises `SettingsError` without a key."""
    key = settings.require_api_key().get_secret_value()
    transport = DateKeeper(clock)
    until = clock().replace(microsecond=0)
    async with MiniVoiceClient(
        settings.minivoice_base_url, key, settings.minivoice_timeout_seconds, transport=transport
    ) as client:
        usage = await client.get_usage(until - USAGE_WINDOW, until)
        call = None if call_id is None else await client.get_call(call_id)
    return ProviderSaid(usage, call, transport.seen)


def provider_findings(
    said: ProviderSaid, base_url: str, call_id: str | None, *, plays_sandbox: bool = False
) -> list[Finding]:
    """What its answers mean; `plays_sandbox` where the sandbox beside a running server is asked."""
    found = [_usage_finding(said.usage, base_url, plays_sandbox=plays_sandbox)]
    if said.call is not None and call_id is not None:
        found.append(_call_finding(said.call, call_id))
    return found


def _usage_finding(usage: UsageObserved | LookupFailed, base_url: str, *, plays_sandbox: bool) -> Finding:
    if isinstance(usage, UsageObserved):
        if usage.calls is None or usage.cost_amount is None or usage.cost_currency is None:
            return _not_as_documented(base_url, "; ".join(usage_drift(usage.body)))
        spent = f"{counted(usage.calls, 'call')}, {usage.cost_amount} {usage.cost_currency} in the last 24 hours"
        return _found("ok", f"{base_url} answers and knows the key: {spent}")
    match usage.status:
        case None:
            if plays_sandbox:
                return _found("warning", f"{base_url} does not answer: {usage.why}", OTHER_PORT)
            todo = "correct MINIVOICE_BASE_URL or the network; against your own machine, start: dialtrail sandbox"
            return _found("danger", f"{base_url} does not answer: {usage.why}", todo)
        case 401:
            todo = "set MINIVOICE_API_KEY to a key that MiniVoice shows as active"
            return _found("danger", f"{base_url} does not know the key: 401{_code(usage)}", todo)
        case status if 200 <= status < 300:
            return _not_as_documented(base_url, usage.why)
        case status if status >= 500:
            what = f"{base_url} has trouble of its own: {status}{_code(usage)} to GET /v1/usage"
            return _found("danger", what, "wait: calls placed now may stay unresolved")
        case status:
            what = (
                f"{base_url} answers {status}{_code(usage)} to GET /v1/usage: whether it knows the key is not certain"
            )
            return _found("warning", what, "check that MINIVOICE_BASE_URL is MiniVoice's; --call ID asks another way")


def _call_finding(answer: CallFound | CallMissing | LookupFailed, call_id: str) -> Finding:
    if isinstance(answer, CallFound):
        said = answer.snapshot
        return _found(
            "ok",
            f"knows the call {call_id}: {answer.status or 'no status'}, {said.direction or 'no direction'}, "
            f"from {said.from_number or '?'} to {said.to_number or '?'}",
        )
    if isinstance(answer, CallMissing):
        todo = "check the id; a key sees the calls of its own application only"
        return _found("warning", f"has no call {call_id} ({answer.status})", todo)
    what = f"did not answer for the call {call_id}: {answer.why}{_code(answer)}"
    return _found("warning", what, "try again, with an id that MiniVoice's dashboard shows")


def _not_as_documented(base_url: str, why: str) -> Finding:
    what = f"{base_url} knows the key, but its usage is not as documented: {why}"
    return _found("warning", what, "compare with MiniVoice's documentation of GET /v1/usage")


def _code(failed: LookupFailed) -> str:
    return "" if failed.code is None else f" {failed.code}"


def _found(level: Level, what: str, what_to_do: str = "") -> Finding:
    return Finding("provider", level, what, what_to_do)
