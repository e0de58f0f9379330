"""How fast and how evenly the dialer dials, by the sandbox's own log of arrivals.

dialer.py [CALLS_PER_SECOND …]          a campaign's own limit
dialer.py stopped [CALLS_PER_SECOND …]  the same, while the process is stopped and continued again and again
dialer.py hidden [CALLS_PER_SECOND …]   the provider's limit, which nobody told
dialer.py at-once [CALLS …]             the provider's limit of calls at once, which nobody told
dialer.py shared [CALLS_PER_SECOND …]   an account's limit, shared by campaigns with the weights 1 and 3
"""

import json
import os
import sys
import tempfile
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import Any, NamedTuple

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, log_lines, sandbox_process, until  # noqa: E402

SECONDS = 12
WARM_SECONDS = 2.0
FINDING_SECONDS = 40
FOUND_SHARE = 0.9
FOUND_OVER_SECONDS = 5.0
GOES_AND_STOPS_SECONDS = ((0.05, 0.3), (0.7, 1.1), (0.2, 0.02), (1.0, 1.5), (0.4, 0.08), (0.01, 0.6), (0.003, 1.06))
ASKED_PER_SECOND = 1_000
SANDBOX_BEFORE_US = 5  # in niceness
SHORT = ("0.1:0.3", "0.1:0.3")


class Post(NamedTuple):
    """One POST /v1/calls as the sandbox saw it: when, whose, and whether it was taken."""

    at: float
    campaign_id: str
    status: int | None


class Bench(NamedTuple):
    """A Dialtrail that dials a sandbox."""

    up: Up
    sandbox_url: str
    log: Path

    def campaign(self, campaign_id: str, per_second: float, count: int, first: int = 0, weight: float = 1.0) -> None:
        """Enrol so many; nobody is dialled yet."""
        body = {
            "id": campaign_id,
            "from": "+15551230001",
            "limits": {"calls_per_second": per_second, "calls_at_once": 10_000},
            "policy": {"weight": weight},
        }
        self.up.api("POST", "/v1/campaigns", json=body)
        for at in range(first, first + count, 2_000):
            rows = [{"number": f"+1555{n:07}"} for n in range(at, min(at + 2_000, first + count))]
            self.up.api("POST", f"/v1/campaigns/{campaign_id}/recipients", json={"recipients": rows})

    def start(self, campaign_id: str) -> None:
        """Dial."""
        self.up.api("POST", f"/v1/campaigns/{campaign_id}/start")

    def asked(self, what: str) -> Any:
        """What the sandbox says of itself."""
        return httpx.get(f"{self.sandbox_url}/_sandbox/{what}", trust_env=False).json()

    def posts(self) -> list[Post]:
        """All so far, in order of arrival."""
        answered = {line["number"]: line["status"] for line in log_lines(self.log, "request")}
        return sorted(
            Post(
                int(line["monotonic_ns"]) / 1e9,
                (line["request_body"] or {"metadata": {}})["metadata"].get("campaign_id", ""),
                answered.get(line["number"]),
            )
            for line in log_lines(self.log, "arrived")
            if line["method"] == "POST"
        )


@contextmanager
def bench(*sandbox_options: str, calls: tuple[str, str] = SHORT, **environ: str) -> Iterator[Bench]:
    """Both of them, with calls that ring and last for so many seconds."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    port = free_port()
    url = f"http://127.0.0.1:{port}/webhooks/minivoice"
    ring, talk = calls
    webhooks = ("--webhook-url", url, "--webhook-secret", WEBHOOK_SECRET)
    lives = ("--ring-seconds", ring, "--talk-seconds", talk, "--gather-rate", "0")
    own = os.getpriority(os.PRIO_PROCESS, 0)
    with ExitStack() as stack:
        with suppress(PermissionError):  # when a request arrived, not when the machine had time to look
            os.setpriority(os.PRIO_PROCESS, 0, own - SANDBOX_BEFORE_US)
        sandbox_url, log = stack.enter_context(sandbox_process(folder, *webhooks, *lives, *sandbox_options))
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, own)
        yield Bench(stack.enter_context(Up(folder, sandbox_url, port, **environ)), sandbox_url, log)


def most_in_any_second(arrived: Sequence[float]) -> int:
    """The most of these instants, in order, in any half-open window of one second."""
    most, first = 0, 0
    for last, at in enumerate(arrived):
        while arrived[first] <= at - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def rate(at: Sequence[float]) -> float:
    """How many a second from the first of these instants to the last."""
    return (len(at) - 1) / (at[-1] - at[0]) if len(at) > 1 else 0.0


def say(**figures: Any) -> None:
    """One line of figures."""
    rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
    print(json.dumps({**rounded, "load": os.getloadavg()[0]}), flush=True)


def own_limit(per_second: int) -> None:
    """A campaign's limit, with nothing in its way."""
    count = per_second * SECONDS
    with bench() as it:
        it.campaign("bench", per_second, count)
        it.start("bench")
        until("all are dialled", lambda: it.asked("summary")["posts"] >= count, SECONDS * 4)
        arrived = [post.at for post in it.posts()]
    steady = [at for at in arrived if at > arrived[0] + WARM_SECONDS]
    say(
        limit=per_second,
        requests=len(arrived),
        steady_per_second=rate(steady),
        most_in_any_second=most_in_any_second(arrived),
    )


def stopped(per_second: int) -> None:
    """A campaign's limit, while its process is stopped for a while again and again."""
    with bench() as it:
        it.campaign("bench", per_second, per_second * SECONDS * 3)
        it.start("bench")
        stops, end = 0, time.monotonic() + SECONDS * 2
        for goes, stops_for in cycle(GOES_AND_STOPS_SECONDS):
            time.sleep(goes)
            os.kill(it.up.pid, SIGSTOP)
            time.sleep(stops_for)
            os.kill(it.up.pid, SIGCONT)
            stops += 1
            if time.monotonic() > end:
                break
        arrived = [post.at for post in it.posts()]
    say(
        limit=per_second,
        stops=stops,
        requests=len(arrived),
        per_second=rate(arrived),
        most_in_any_second=most_in_any_second(arrived),
    )


def found_after(taken: Sequence[float], began: float, hidden: float) -> float | None:
    """After how many seconds the rate of the next few is within a tenth of the limit; None where it never is."""
    for at in taken:
        if at + FOUND_OVER_SECONDS > taken[-1]:
            return None
        count = bisect_left(taken, at + FOUND_OVER_SECONDS) - bisect_left(taken, at)
        if count >= FOUND_SHARE * hidden * FOUND_OVER_SECONDS:
            return at - began
    return None


def hidden_pace(per_second: int) -> None:
    """The provider's calls per second, of which Dialtrail knows nothing."""
    with bench("--calls-per-second", str(per_second)) as it:
        it.campaign("bench", ASKED_PER_SECOND, per_second * (FINDING_SECONDS + SECONDS))
        it.start("bench")
        time.sleep(FINDING_SECONDS)
        posts = it.posts()
    began = posts[0].at
    taken = [post.at for post in posts if post.status == 201]
    found = found_after(taken, began, per_second)
    since = began + max(found or 0.0, FOUND_OVER_SECONDS)
    steady = [at for at in taken if at >= since]
    refused = [post.at for post in posts if post.status == 429]
    late = sum(at >= since for at in refused)
    say(
        hidden=per_second,
        asked_per_second=ASKED_PER_SECOND,
        found_after_seconds=found,
        steady_per_second=rate(steady),
        share_of_the_hidden=rate(steady) / per_second,
        most_taken_in_any_second=most_in_any_second(taken),
        refused_at_the_start=len(refused) - late,
        refused_later=late,
        refused_share_later=late / max(1, len(steady) + late),
        refused_share=len(refused) / len(posts),
    )


def hidden_at_once(calls: int) -> None:
    """The provider's calls at once, of which Dialtrail knows nothing."""
    with bench("--calls-at-once", str(calls), calls=("0.2:0.5", "1:3")) as it:
        it.campaign("bench", ASKED_PER_SECOND, calls * FINDING_SECONDS)
        it.start("bench")
        began, seen = time.monotonic(), list[tuple[float, int]]()
        while time.monotonic() < began + FINDING_SECONDS:
            (application, *_) = it.asked("balance")["applications"]
            seen.append((time.monotonic() - began, application["calls_at_once"]))
            time.sleep(0.05)
        posts = it.posts()
    half = FINDING_SECONDS / 2
    late = [n for at, n in seen if at > half]
    refused = [post.at for post in posts if post.status == 429]
    say(
        hidden_at_once=calls,
        mean_at_once_in_the_second_half=sum(late) / len(late),
        share_of_the_hidden=sum(late) / len(late) / calls,
        refused=len(refused),
        refused_share=len(refused) / len(posts),
        refused_in_the_second_half=sum(at > posts[0].at + half for at in refused),
        taken=len(posts) - len(refused),
    )


def shared(per_second: int) -> None:
    """An account's limit, which was set, and two campaigns that both want all of it."""
    count = per_second * SECONDS * 2
    with bench(DIALTRAIL_ACCOUNT_CALLS_PER_SECOND=str(per_second)) as it:
        it.campaign("one", ASKED_PER_SECOND, count, weight=1)
        it.campaign("three", ASKED_PER_SECOND, count, count, weight=3)
        it.start("one")
        it.start("three")
        time.sleep(SECONDS)
        posts = it.posts()
    since = posts[0].at + WARM_SECONDS
    counts = Counter(post.campaign_id for post in posts if post.at >= since)
    say(
        limit=per_second,
        steady_per_second=rate([post.at for post in posts if post.at >= since]),
        most_in_any_second=most_in_any_second([post.at for post in posts]),
        weight_1=counts["one"],
        weight_3=counts["three"],
        ratio=counts["three"] / max(1, counts["one"]),
    )


MODES: dict[str, tuple[Callable[[int], None], list[int]]] = {
    "own": (own_limit, [1, 30, 300]),
    "stopped": (stopped, [1, 30, 300]),
    "hidden": (hidden_pace, [20, 100]),
    "at-once": (hidden_at_once, [20]),
    "shared": (shared, [40]),
}


if __name__ == "__main__":
    mode, *values = sys.argv[1:] if sys.argv[1:2] and sys.argv[1] in MODES else ["own", *sys.argv[1:]]
    run, defaults = MODES[mode]
    for limit in [int(text) for text in values] or defaults:
        run(limit)
