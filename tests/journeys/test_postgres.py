"""A whole campaign with the ledger in PostgreSQL instead of the folder."""

from pathlib import Path

from tests.adapters.ledger.postgres_server import Server
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, sandbox_process, until


def test_a_campaign_runs_and_survives_a_kill_with_its_ledger_in_postgresql(tmp_path: Path, postgres: Server) -> None:
    port = free_port()
    hook = f"http://127.0.0.1:{port}/webhooks/minivoice"
    options = ("--webhook-url", hook, "--webhook-secret", WEBHOOK_SECRET, "--answer-delay", "0.1")
    with (
        sandbox_process(tmp_path, *options) as (sandbox_url, _),
        Up(tmp_path, sandbox_url, port, DIALTRAIL_DATABASE_URL=postgres.new_database()) as up,
    ):
        limits = {"calls_per_second": 30, "calls_at_once": 100}
        up.api("POST", "/v1/campaigns", json={"id": "spring", "from": "+15551230001", "limits": limits})
        rows = [{"number": f"+1555200{n:04}"} for n in range(30)]
        up.api("POST", "/v1/campaigns/spring/recipients", json={"recipients": rows})
        up.api("POST", "/v1/campaigns/spring/start")
        until("some are called", lambda: up.api("GET", "/v1/campaigns/spring")["recipients"]["queued"] < 25, 20)
        up.kill()
        up.start()
        until("all are called", lambda: _is_settled(up), 40)
        counts = up.api("GET", "/v1/campaigns/spring")["recipients"]
        assert up.stop() == 0

    assert sum(counts.values()) == 30
    assert counts["unresolved"] <= 10
    assert not (up.home / "ledger.db").exists()


def _is_settled(up: Up) -> bool:
    counts = up.api("GET", "/v1/campaigns/spring")["recipients"]
    return not any(counts[status] for status in ("queued", "held", "dialing", "in_progress"))
