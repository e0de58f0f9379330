"""A standby that lacks the last commits is promoted under a campaign that runs: nobody is called twice."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.adapters.ledger.line import Line
from tests.adapters.ledger.postgres_server import running
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, log_lines, sandbox_process, until
from tests.journeys.standby import standby_of

PEOPLE = 40
LOST = 6


def promoted(tmp_path: Path) -> int:
    """How many were called; raises `AssertionError` where anything is otherwise than it has to be."""
    port = free_port()
    hook = f"http://127.0.0.1:{port}/webhooks/minivoice"
    options = ("--webhook-url", hook, "--webhook-secret", WEBHOOK_SECRET)
    with running() as server, TemporaryDirectory(prefix="line") as folder:
        url = server.new_database()
        with (
            closing(Line(url, Path(folder))) as line,
            sandbox_process(tmp_path, *options) as (sandbox_url, log),
            Up(tmp_path, sandbox_url, port, DIALTRAIL_DATABASE_URL=line.url) as up,
        ):
            limits = {"calls_per_second": 4, "calls_at_once": 100}
            up.api("POST", "/v1/campaigns", json={"id": "spring", "from": "+15551230001", "limits": limits})
            rows = [{"number": f"+1555200{n:04}"} for n in range(PEOPLE)]
            up.api("POST", "/v1/campaigns/spring/recipients", json={"recipients": rows})
            with standby_of(server) as standby:
                up.api("POST", "/v1/campaigns/spring/start")
                until("some are called", lambda: len(dialled(log)) >= LOST, 60)
                standby.hear_no_more(2, url.partition("?")[0].rpartition("/")[2])
                known = len(dialled(log))
                until(
                    "more are called, of whom the standby knows nothing", lambda: len(dialled(log)) >= known + LOST, 60
                )

                line.go_down()
                until("it is red", lambda: httpx.get(f"{up.url}/health/ready", trust_env=False).status_code == 503, 30)
                told, sent = len(log_lines(log, "delivery")), len(dialled(log))
                until("webhooks came since", lambda: len(log_lines(log, "delivery")) > told, 60)
                assert {line["status"] for line in log_lines(log, "delivery")[told:]} <= {503, None}
                standby.promote()
                line.come_back(standby.socket)
                until("it has begun anew", lambda: "beginning anew" in up.log.read_text(), 60)
                until("all dialling is paused", lambda: cause_of_pause(up) == "restored", 60)
                assert len(dialled(log)) == sent
                assert len(set(dialled(log))) == sent
                assert up.stop() == 0
                return sent


def dialled(log: Path) -> list[str]:
    """Whom the provider was asked to call, in order."""
    return [line["request_body"]["to"] for line in log_lines(log, "arrived") if line["method"] == "POST"]


def cause_of_pause(up: Up) -> str | None:
    """Why nobody is called."""
    pause = up.api("GET", "/v1/account")["pause"]
    return None if pause is None else str(pause["cause"])
