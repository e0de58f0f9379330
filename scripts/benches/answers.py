"""What a call says: how fast, alone and while webhooks come in.

    python answers.py [SECONDS] [A_SECOND] [WEBHOOKS_A_SECOND]

Half of the requests are first ones, half follow a link after a question whose digits are known; each is another call's.
As fast as it goes, then at a steady pace, alone and beside webhooks; a wait begins when a request was due, not when it left.
"""

import asyncio
import itertools
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import uvloop  # noqa: E402
from load import delivery  # noqa: E402
from servers import SECRET, UP_URL, ask, up  # noqa: E402

from adapters.ledger import Ledger, open_sqlite_ledger  # noqa: E402
from adapters.ledger.transaction import Transaction  # noqa: E402
from application.answering.answerer import PURPOSE  # noqa: E402
from application.answering.finding import CallSession  # noqa: E402
from application.answering.links import Link, Links  # noqa: E402
from domain import call, campaign, recipient  # noqa: E402
from domain.identity import call_stream, campaign_stream  # noqa: E402
from domain.script import Place  # noqa: E402

CAMPAIGN = "bench"
SCRIPT = {
    "start": "hello",
    "steps": {
        "hello": {"actions": [{"say": "Hello {name}, your parcel comes {day}."}], "next": "menu"},
        "menu": {
            "gather": {"prompt": "Press 1 to confirm, 2 for a person.", "num_digits": 1, "timeout_seconds": 7},
            "on": {"1": "confirmed", "2": "agent"},
            "no_input": "goodbye",
            "invalid": "menu",
            "tries_max": 3,
            "exhausted": "goodbye",
        },
        "confirmed": {"actions": [{"say": "Thank you, {name}."}], "end": True},
        "agent": {"transfer": {"destination": "+15551230009"}, "otherwise": "goodbye"},
        "goodbye": {"actions": [{"say": "Goodbye."}], "end": True},
    },
}
CALLS_A_COMMIT = 100
CONNECTIONS = 16
ROUNDS = 3
METADATA = {"actor": "bench"}


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)  # noqa: TID251 - time comes in here


def prepared(home: Path, calls: int) -> list[str]:
    """A ledger with so many calls under way; a path for each, first requests and links in turn."""
    home.mkdir()
    ledger = open_sqlite_ledger(
        home, clock=utc_now, new_event_id=lambda: secrets.token_hex(16), new_key=secrets.token_bytes
    )
    try:
        plan = campaign.Plan(caller_number="+15551230001", script=SCRIPT)
        begun = [
            campaign.CampaignCreated(campaign_id=CAMPAIGN, plan=plan),
            campaign.CampaignStarted(),
            campaign.CampaignPaused(cause="operator"),
        ]

        def begin(tx: Transaction) -> None:
            tx.campaign(CAMPAIGN)  # what is appended to is read before
            tx.append(campaign_stream(CAMPAIGN), begun)

        ledger.execute_and_wait(begin, lane="commands", metadata=METADATA)
        links = Links(lambda text: ledger.sign(PURPOSE, text))
        paths: list[str] = []
        for first in range(0, calls, CALLS_A_COMMIT):
            places = range(first, min(first + CALLS_A_COMMIT, calls))

            def append(tx: Transaction, places: range = places) -> None:
                paths.extend(_begin(tx, ledger, links, place) for place in places)

            ledger.execute_and_wait(append, lane="commands", metadata=METADATA)
        return paths
    finally:
        ledger.close()


def _begin(tx: Transaction, ledger: Ledger, links: Links, place: int) -> str:
    number, call_id, attempt_id = f"+1555{place:07}", f"call_{place}", f"att_{place}"
    stream, at = ledger.recipient_stream(number), utc_now()
    variables = {"name": f"Ada {place}", "day": "on Tuesday"}
    enrolled = recipient.RecipientEnrolled(
        campaign_id=CAMPAIGN, number=number, zone=None, variables=variables, import_id="bench", line=place + 2
    )
    tx.recipient(stream)
    tx.append(stream, [enrolled])
    tx.call(call_id)
    events: list[call.CallEvent] = [
        call.CallCreated(source="api", key="created", digest=f"c{place}", body="{}", occurred_at=at),
        call.CallClaimed(attempt_id=attempt_id, campaign_id=CAMPAIGN, recipient=stream, how="response"),
        call.CallAnswered(source="webhook", key="answered", digest=f"a{place}", body="{}", occurred_at=at),
    ]
    if place % 2 == 0:
        tx.append(call_stream(call_id), events)
        return f"/answer?call_id={call_id}"
    served = call.AnswerServed(
        occurred_at=at, step="menu", request="{}", actions='{"actions":[]}', duration_ms=1.0, version=1
    )
    gathered = call.CallGathered(
        source="webhook",
        key="gathered",
        digest=f"g{place}",
        body="{}",
        occurred_at=at + timedelta(seconds=3),
        digits="1",
    )
    tx.append(call_stream(call_id), [*events, served, gathered])
    session = CallSession(call_id=call_id, campaign_id=CAMPAIGN, recipient=stream, attempt_id=attempt_id)
    return f"/answer?{links.query(Link(session, 1, Place('menu', {'menu': 1}, 1)))}"


async def paced(url: str, requests: Iterator[bytes], a_second: float, seconds: float, connections: int) -> None:
    """Send them at a steady pace, each by the next connection that is free, and print what came of it."""
    target = urlsplit(url)
    began = time.perf_counter()
    turn = itertools.count()
    statuses: Counter[int] = Counter()
    waits: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection(target.hostname, target.port)
        while (due := began + next(turn) / a_second) < began + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(next(requests))
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
            await reader.readexactly(length)
            waits.append(time.perf_counter() - due)
            statuses[int(head[9:12])] += 1
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    waits.sort()
    figures = {"p50_ms": waits[len(waits) // 2] * 1000, "p99_ms": waits[int(len(waits) * 0.99)] * 1000}
    rate = round(sum(statuses.values()) / (time.perf_counter() - began))
    shown = {"statuses": statuses, "per_second": rate, **{name: round(value, 2) for name, value in figures.items()}}
    print(json.dumps(shown))


def deliveries(seed: int) -> Iterator[bytes]:
    """Signed webhooks, all different."""
    return (delivery(seed, number, SECRET.encode(), "/webhooks/minivoice") for number in itertools.count())


def started(kind: str, a_second: float, seconds: float, more: str) -> "subprocess.Popen[str]":
    """A client in a process of its own: `answers` with a file of paths, or `webhooks` with a seed."""
    command = [sys.executable, __file__, "--send", UP_URL, kind, str(a_second), str(seconds), more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def finished(process: "subprocess.Popen[str]") -> str:
    """What it printed."""
    told, _ = process.communicate()
    return told.strip()


def main(seconds: float, a_second: float, webhooks_a_second: float) -> None:
    """Print the figures, with what others took of the machine."""
    with tempfile.TemporaryDirectory(prefix="dialtrail-bench-") as folder:
        paced_each = int(a_second * seconds) + 1
        fast_each = int(4_000 * seconds)
        paths = prepared(Path(folder) / "data", ROUNDS * (2 * paced_each + fast_each))
        print(f"{len(paths)} calls prepared; load average {os.getloadavg()[0]:.1f}", flush=True)
        left = iter(paths)

        def some(count: int) -> Path:
            file = Path(folder) / "paths"
            file.write_text("\n".join(itertools.islice(left, count)))
            return file

        with up(Path(folder) / "data"):
            for turn in range(ROUNDS):
                print(f"round {turn + 1}, load average {os.getloadavg()[0]:.1f}")
                inside = Inside()
                print(
                    f"  as fast as it goes      {ask(UP_URL, CONNECTIONS, seconds, some(fast_each))} {inside}",
                    flush=True,
                )
                inside = Inside()
                alone = finished(started("answers", a_second, seconds, str(some(paced_each))))
                print(f"  {a_second:g} a second, alone    {alone} {inside}", flush=True)
                beside = started("webhooks", webhooks_a_second, seconds + 1, str(turn))
                time.sleep(0.5)
                inside = Inside()
                told = finished(started("answers", a_second, seconds, str(some(paced_each))))
                print(f"  {a_second:g} a second, beside   {told} {inside}")
                print(f"    the webhooks          {finished(beside)}", flush=True)


class Inside:
    """How long the answers took by the server's own count: from the question to the document."""

    def __init__(self) -> None:
        self._before = self._read()

    def __str__(self) -> str:
        seconds, count = (now - was for now, was in zip(self._read(), self._before, strict=True))
        return f"{1000 * seconds / max(count, 1):.2f} ms inside, on average"

    @staticmethod
    def _read() -> tuple[float, float]:
        lines = httpx.get(f"{UP_URL}/metrics", trust_env=False).text.splitlines()
        told = {line.split(" ")[0]: float(line.split(" ")[1]) for line in lines if line.startswith("dialtrail_answer_")}
        return told["dialtrail_answer_seconds_sum"], told["dialtrail_answer_seconds_count"]


def send(url: str, kind: str, a_second: float, seconds: float, more: str) -> None:
    """The client's side."""
    if kind == "webhooks":
        # Making and signing them takes as long as sending them does.
        requests: Iterator[bytes] = iter(
            list(itertools.islice(deliveries(1_000 + int(more)), int(a_second * seconds) + 1))
        )
    else:
        lines = Path(more).read_text().split()
        requests = (f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode() for path in lines)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(paced(url, requests, a_second, seconds, 32))


if __name__ == "__main__":
    if "--send" in sys.argv:
        send(sys.argv[2], sys.argv[3], float(sys.argv[4]), float(sys.argv[5]), sys.argv[6])
    else:
        given = [float(text) for text in sys.argv[1:]]
        main(*given, *(4.0, 200.0, 2_000.0)[len(given) :])
