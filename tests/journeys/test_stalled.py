"""What is kept of a company that stands still."""

from pathlib import Path

from tests.adapters.ledger.postgres_server import Server
from tests.journeys.stalled import write_down


def test_what_can_be_asked_is_kept_and_what_cannot_is_said(tmp_path: Path, postgres: Server) -> None:
    (tmp_path / "dial2.log").write_text("it waits\n")

    kept = write_down(tmp_path, postgres.new_database(), ["http://127.0.0.1:9"]).read_text()

    sections = dict(part.split("\n", 1) for part in kept.removeprefix("== ").split("\n== "))
    assert '"state": "active"' in sections["sessions"]
    assert "could not be asked: UndefinedTable" in sections["who dials"]
    assert "could not be asked: ConnectError" in sections["people who are left"]
    assert sections["the end of dial2.log"].strip() == "it waits"
