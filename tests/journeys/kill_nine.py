"""A campaign whose process is killed again and again, as the test and `scripts/proofs/kill_nine.py` play it."""

import random  # noqa: TID251 - the moments of the kills, from a seed
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from adapters.ledger import open_sqlite_ledger
from domain import recipient
from domain.call import Report
from domain.events import Recorded
from entrypoints.process import new_id, utc_now
from tests.journeys.processes import WEBHOOK_SECRET, Up, every_line, free_port, log_lines, sandbox_process, until
from tests.simulation.real_days import judged

ANSWER_SECONDS = 0.3
CALLS_PER_SECOND = 30
REQUESTS_BETWEEN_KILLS = 1, 20
SECONDS_MORE_MAX = 0.05
SETTLE_SECONDS_MAX = 180.0
# Between the mark and the first byte in the socket lie some 100 µs: a kill that hits them leaves an attempt that only
# we know of. It is rightly unresolved, and the sandbox rightly never saw it.
MARKED_BUT_NOT_WRITTEN_MAX = 1


class Day(Struct, frozen=True, kw_only=True):
    """What was left of it: how many are in each status, the ledger, the requests that arrived and the deliveries made.

    `broken` is what the judge says of it, who imports nothing of ours. It has fewer `kills` than were wanted where
    everybody was called before.
    """

    kills: int
    broken: list[str]
    counts: dict[str, int]
    events: list[Recorded]
    posts: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]


def play(
    folder: Path,
    *,
    kills: int,
    recipients: int,
    seed: int,
    acceptors: int,
    kind: type[Up] = Up,
    between: tuple[int, int] = REQUESTS_BETWEEN_KILLS,
    calls_per_second: int = CALLS_PER_SECOND,
) -> Day:
    """Until everybody is settled and all webhooks are acknowledged. `between` says how many requests arrive between kills."""
    port = free_port()
    chance = random.Random(seed)
    with (
        sandbox_process(folder, *_options(port)) as (sandbox_url, log),
        kind(folder, sandbox_url, port, DIALTRAIL_ACCEPTORS=str(acceptors)) as up,
    ):
        _begin(up, recipients, calls_per_second)
        killed = 0
        while killed < kills and _let_some_arrive(log, chance.randint(*between), recipients):
            time.sleep(chance.uniform(0, SECONDS_MORE_MAX))
            up.kill()
            up.start()
            killed += 1
        until("the campaign settles", lambda: _is_settled(up), SETTLE_SECONDS_MAX)
        until("all webhooks are acknowledged", lambda: _nothing_pending(sandbox_url), SETTLE_SECONDS_MAX)
        counts = up.api("GET", "/v1/campaigns/spring")["recipients"]
        if up.stop() != 0:
            raise RuntimeError("up did not stop in peace")
    events = _ledger_of(up)
    return Day(
        kills=killed,
        broken=[str(one) for one in judged(every_line(log), events, folder)],
        counts=counts,
        events=events,
        posts=_posts(log),
        deliveries=log_lines(log, "delivery"),
    )


def _begin(up: Up, recipients: int, calls_per_second: int) -> None:
    limits = {"calls_per_second": calls_per_second, "calls_at_once": 300}
    plan = {"id": "spring", "from": "+15551230001", "record": True, "limits": limits}
    up.api("POST", "/v1/campaigns", json=plan)
    rows = [{"number": f"+1555200{n:04}"} for n in range(recipients)]
    up.api("POST", "/v1/campaigns/spring/recipients", json={"recipients": rows})
    up.api("POST", "/v1/campaigns/spring/start")


def _options(port: int) -> list[str]:
    options = ["--answer-delay", str(ANSWER_SECONDS), "--duplicate-rate", "0.1"]
    options += ["--retry-seconds", "0.2", "--retry-max-seconds", "1"]
    return [
        *options,
        "--webhook-url",
        f"http://127.0.0.1:{port}/webhooks/minivoice",
        "--webhook-secret",
        WEBHOOK_SECRET,
    ]


def faults_of(day: Day, *, recipients: int) -> list[str]:
    """Which promises such a day has broken."""
    whole = [line["request_body"] for line in day.posts if line["request_body"] is not None]
    cut_off = len(day.posts) - len(whole)
    arrived = Counter(body["metadata"]["attempt_id"] for body in whole)
    called = Counter(body["to"] for body in whole)
    started = _attempts(day, recipient.AttemptStarted)
    accepted = _attempts(day, recipient.AttemptAccepted)
    abandoned = _attempts(day, recipient.AttemptAbandoned)
    unresolved = _attempts(day, recipient.AttemptUnresolved)
    acknowledged = _acknowledged(day)
    on_the_wire_max = day.kills * ANSWER_SECONDS * CALLS_PER_SECOND * 2
    promises = {
        "one request an attempt": max(arrived.values()) == 1,
        "one request a number": max(called.values()) == 1,
        "an attempt is on disk before its request": set(arrived) <= started,
        "what was abandoned was not sent": not abandoned & set(arrived),
        "what is unresolved had arrived": len(unresolved - set(arrived)) <= cut_off + MARKED_BUT_NOT_WRITTEN_MAX,
        "what arrived is accepted or unresolved": set(arrived) == (accepted | unresolved) & set(arrived),
        "it was killed": day.kills > 0,
        "some requests were on the wire": len(unresolved) > 0,
        "nobody is in doubt but those": len(unresolved) <= on_the_wire_max,
        "unresolved are counted and stored alike": day.counts["unresolved"] == len(unresolved),
        "everybody has a status": sum(day.counts.values()) == recipients,
        "webhooks were acknowledged": bool(acknowledged),
        "acknowledged means durable": acknowledged
        <= {(one.stream, one.event.digest) for one in day.events if isinstance(one.event, Report)},
    }
    return [promise for promise, is_kept in promises.items() if not is_kept] + day.broken


def _attempts(
    day: Day,
    kind: type[
        recipient.AttemptStarted | recipient.AttemptAccepted | recipient.AttemptAbandoned | recipient.AttemptUnresolved
    ],
) -> set[str]:
    return {one.event.attempt_id for one in day.events if isinstance(one.event, kind)}


def _acknowledged(day: Day) -> set[tuple[str, str]]:
    """The stream and the body's digest of each delivery that got a 2xx."""
    return {
        (f"call:{line['call_id']}", line["body_sha256"])
        for line in day.deliveries
        if line["status"] is not None and 200 <= line["status"] < 300
    }


def _posts(log: Path) -> list[dict[str, Any]]:
    return [line for line in log_lines(log, "arrived") if line["method"] == "POST"]


def _let_some_arrive(log: Path, more: int, recipients: int) -> bool:
    """Wait until so many more dial requests have arrived: the moment does not hang on how fast this machine is.

    Whether they have; not where nobody is left to be called.
    """
    wanted = len(_posts(log)) + more
    if wanted > recipients:
        return False
    until(f"{wanted} requests arrive", lambda: len(_posts(log)) >= wanted, SETTLE_SECONDS_MAX)
    return True


def _is_settled(up: Up) -> bool:
    counts = up.api("GET", "/v1/campaigns/spring")["recipients"]
    return not any(counts[status] for status in ("queued", "held", "dialing", "in_progress"))


def _nothing_pending(sandbox_url: str) -> bool:
    return bool(httpx.get(sandbox_url + "/_sandbox/summary", trust_env=False).json()["deliveries"]["pending"] == 0)


def _ledger_of(up: Up) -> list[Recorded]:
    ledger = open_sqlite_ledger(up.home, clock=utc_now, new_event_id=new_id, new_key=lambda _: b"")
    try:
        return list(ledger.replay())
    finally:
        ledger.close()
