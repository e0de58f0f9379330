"""A campaign that several processes on one PostgreSQL call through, while they are killed, stopped and cut off.

The test and `scripts/proofs/processes.py` play it.
"""

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict

from adapters.ledger import open_reader
from domain.call import Report
from tests.journeys import stalled
from tests.journeys.member import Member
from tests.journeys.processes import API_KEY, WEBHOOK_SECRET, free_port, log_lines, sandbox_process, until
from tests.journeys.wires import Wires, through

CALLS_PER_SECOND = 10
ANSWER_SECONDS = 0.2
START_SECONDS_MAX = 300.0
STANDSTILL_SECONDS_MAX = 180.0
FROM_NUMBER = "+15551230001"
_LEASE = "SELECT holder, epoch FROM public.ledger_leases WHERE name='dialer' AND until > clock_timestamp()"


class Company:
    """All of them, with the sandbox, one address before those that serve, and short ways to look."""

    def __init__(self, folder: Path, url: str, wires: Wires, roles: Sequence[str], sandbox: tuple[str, Path]) -> None:
        self.url = url
        self.folder = folder
        self.sandbox_url, self.sandbox_log = sandbox
        self._ports = {f"{role}{n}": free_port() for n, role in enumerate(roles) if role in {"up", "serve"}}
        self.members = [self._member(folder, wires, role, f"{role}{n}") for n, role in enumerate(roles)]
        self._database = psycopg.connect(url, autocommit=True)
        self._front = wires.to(*[("127.0.0.1", port) for port in self._ports.values()])
        httpx.patch(
            f"{self.sandbox_url}/_sandbox/settings",
            json={"webhook_url": f"{self.address}/webhooks/minivoice"},
            trust_env=False,
        ).raise_for_status()

    @property
    def address(self) -> str:
        """Of all that serve."""
        return f"http://127.0.0.1:{self._front.port}"

    @property
    def servers(self) -> list[str]:
        """The addresses of those that serve."""
        return [f"http://127.0.0.1:{port}" for port in self._ports.values()]

    def _member(self, folder: Path, wires: Wires, role: str, name: str) -> Member:
        wire = wires.to(f"{conninfo_to_dict(self.url)['host']}/.s.PGSQL.5432")
        environ = {
            "PATH": os.environ.get("PATH", ""),  # noqa: TID251 - the child's environment
            "DIALTRAIL_DATABASE_URL": through(wire, self.url),
            "DIALTRAIL_PORT": str(self._ports.get(name, 0)),
            "DIALTRAIL_API_REQUESTS_PER_SECOND": "0",
            "DIALTRAIL_ACCEPTORS": "0",
            "DIALTRAIL_RECONCILE_AFTER_SECONDS": "10",
            "MINIVOICE_API_KEY": API_KEY,
            "MINIVOICE_BASE_URL": self.sandbox_url,
            "MINIVOICE_TIMEOUT_SECONDS": "5",
            "MINIVOICE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
        return Member(folder, role, name, wire, environ)

    def __enter__(self) -> Self:
        for member in self.members:
            member.start()
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members:
            member.leave_nothing()
        self._database.close()

    def api(self, method: str, path: str, **more: Any) -> Any:
        """One request to whichever serves, which must succeed in the end."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            with suppress(httpx.TransportError):
                answer = httpx.request(method, self.address + path, timeout=20, trust_env=False, **more)
                if answer.status_code != 503 or time.monotonic() > deadline:
                    assert answer.is_success, (answer.status_code, answer.text)
                    return answer.json()
            assert time.monotonic() < deadline, f"nobody answers {path}"
            time.sleep(0.05)

    def counts(self) -> dict[str, int]:
        """How many recipients have each status."""
        return dict(self.api("GET", "/v1/campaigns/spring")["recipients"])

    def is_settled(self) -> bool:
        """Whether nobody is to be called any more, and no call is under way."""
        counts = self.counts()
        return not any(counts[status] for status in ("queued", "held", "dialing", "in_progress"))

    def lease(self) -> tuple[Member | None, int]:
        """Who dials, and the lease's epoch; None and 0 where nobody does, or there is no such row yet."""
        row = self._database.execute(_LEASE).fetchone()
        if row is None:
            return None, 0
        found = re.search(r"process ([0-9]+) on", row[0])
        return next((m for m in self.members if found is not None and m.pid == int(found[1])), None), int(row[1])

    def position(self) -> int:
        """How far the ledger is."""
        [(position,)] = self._database.execute("SELECT coalesce(max(notification_id), 0) FROM ledger_events")
        return int(position)

    def posts(self) -> list[dict[str, Any]]:
        """The requests for calls that arrived."""
        return [line for line in log_lines(self.sandbox_log, "arrived") if line["method"] == "POST"]

    def create(self, recipients: int) -> None:
        """The campaign, running."""
        limits = {"calls_per_second": CALLS_PER_SECOND, "calls_at_once": 300}
        self.api("POST", "/v1/campaigns", json={"id": "spring", "from": FROM_NUMBER, "limits": limits})
        rows = [{"number": number_of(n)} for n in range(recipients)]
        self.api("POST", "/v1/campaigns/spring/recipients", json={"recipients": rows})
        self.api("POST", "/v1/campaigns/spring/start")


class Outcome(Struct, frozen=True, kw_only=True):
    """What was left: the requests and deliveries that the sandbox saw, who is unresolved, and what the ledger has of reports."""

    posts: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    unresolved: set[str]
    reports: set[tuple[str, str]]
    exit_codes: dict[str, int]


def number_of(n: int) -> str:
    """A number to call."""
    return f"+1555200{n:04}"


@contextmanager
def company(folder: Path, url: str, roles: Sequence[str], *options: str) -> Iterator[Company]:
    """So many processes on a database, started, beside a sandbox that is told where they are."""
    own = ["--answer-delay", str(ANSWER_SECONDS), "--retry-seconds", "0.3", "--retry-max-seconds", "2", "--seed", "5"]
    own += ["--webhook-secret", WEBHOOK_SECRET, "--webhook-url", "http://127.0.0.1:9/", "--answer-rate", "0.9"]
    own += ["--ring-seconds", "0.1:0.3", "--talk-seconds", "0.1:0.3", "--log-lines-max", "1000"]
    with ExitStack() as stack:
        wires = stack.enter_context(Wires())
        sandbox = stack.enter_context(sandbox_process(folder, *own, *options))
        yield stack.enter_context(Company(folder, url, wires, roles, sandbox))


def handed_over(them: Company, before: tuple[Member | None, int], began: float, seconds_max: float = 60.0) -> float:
    """Wait until another epoch has begun; after how many seconds since the monotonic instant `began`."""
    until("another process dials", lambda: them.lease()[1] > before[1], seconds_max)
    return time.monotonic() - began


def dialled_again(them: Company, posts: int, began: float, seconds_max: float = 60.0) -> float:
    """Wait until more than so many requests have arrived; after how many seconds since the monotonic instant `began`."""
    until("a call is placed", lambda: len(them.posts()) > posts, seconds_max)
    return time.monotonic() - began


def ended(them: Company) -> Outcome:
    """Wait until all is called and told, and end every process in peace."""
    _wait_for(them, "the campaign settles", them.is_settled)
    summary = f"{them.sandbox_url}/_sandbox/summary"

    def nothing_pending() -> bool:
        return bool(httpx.get(summary, trust_env=False).json()["deliveries"]["pending"] == 0)

    _wait_for(them, "all webhooks are acknowledged", nothing_pending)
    unresolved = set(_numbers_in(them, "unresolved"))
    codes = {member.name: member.end() for member in them.members}
    reader = open_reader(Path(), them.url)
    reports, position = set[tuple[str, str]](), 0
    while batch := reader.read_feed(position, 1_000):
        position = batch[-1].position
        reports |= {(one.stream, one.event.digest) for one in batch if isinstance(one.event, Report)}
    reader.close()
    deliveries = log_lines(them.sandbox_log, "delivery")
    return Outcome(posts=them.posts(), deliveries=deliveries, unresolved=unresolved, reports=reports, exit_codes=codes)


def _wait_for(them: Company, what: str, condition: Callable[[], bool]) -> None:
    """Wait for it as long as the ledger grows; how fast that is says more of the machine than of them.

    Where it stands still, what they can say of themselves is kept beside their logs before they end.
    """
    known, since = them.position(), time.monotonic()
    while not condition():
        now, at = time.monotonic(), them.position()
        if at > known:
            known, since = at, now
        if now - since > STANDSTILL_SECONDS_MAX:
            kept = stalled.write_down(them.folder, them.url, them.servers)
            raise AssertionError(f"{what}: nothing happens at position {at}: {them.counts()}; {kept} says more")
        time.sleep(0.1)


def faults_of(outcome: Outcome, recipients: int) -> list[str]:
    """Which promises were broken, by what the sandbox saw."""
    whole = [one["request_body"] for one in outcome.posts if one["request_body"] is not None]
    called = Counter(body["to"] for body in whole)
    attempts = Counter(body["metadata"]["attempt_id"] for body in whole)
    acknowledged = {
        (f"call:{one['call_id']}", one["body_sha256"])
        for one in outcome.deliveries
        if one["status"] is not None and 200 <= one["status"] < 300
    }
    lost = {number_of(n) for n in range(recipients)} - called.keys() - outcome.unresolved
    broken = {
        "called twice": sorted(number for number, times in called.items() if times > 1),
        "two requests for an attempt": sorted(one for one, times in attempts.items() if times > 1),
        "lost": sorted(lost),
        "above the limit": above_the_limit(outcome.posts),
        "acknowledged, and not in the ledger": sorted(acknowledged - outcome.reports),
        "not ended in peace": sorted(name for name, code in outcome.exit_codes.items() if code),
    }
    return [f"{what}: {len(found)} ({found[:5]})" for what, found in broken.items() if found]


def above_the_limit(posts: list[dict[str, Any]]) -> list[str]:
    """The seconds, from one arrival on, in which more requests arrived than the campaign may send.

    A request arrived when the system had its last bytes: on a busy machine the sandbox may read at once what came within
    half a second. One whose body never came whole, as of a process that was stopped while it sent, has the instant at which its sender hung
    up, not that at which it came: it says nothing of how fast they came, and no call came of it.
    """
    at = sorted(
        int(one["monotonic_ns"]) - (one["waited_ms"] or 0) * 1_000_000
        for one in posts
        if one["request_body"] is not None
    )
    crowded = [a for a, b in zip(at, at[CALLS_PER_SECOND:], strict=False) if b - a < 1_000_000_000]
    return [f"from {a / 1e9:.3f} s on" for a in crowded]


def _numbers_in(them: Company, status: str) -> Iterator[str]:
    cursor: str | None = None
    while True:
        asked = {"status": status, "limit": "500", **({} if cursor is None else {"after": cursor})}
        page = them.api("GET", "/v1/campaigns/spring/recipients", params=asked)
        yield from (one["number"] for one in page["items"])
        cursor = page["next"]
        if cursor is None:
            return
