"""What a company that stands still can say of itself, in a file beside its logs: whoever looks later has nothing else."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
from psycopg.rows import dict_row

FILE = "stalled.txt"
ASK_SECONDS_MAX = 20
PEOPLE_MAX = 20
OPEN_STATUSES = ("queued", "held", "dialing", "in_progress")
TAIL_BYTES = 20_000
RATE_SECONDS = 5
_NOW = ", clock_timestamp() AS now"
QUERIES = {
    "who dials": f"SELECT *{_NOW} FROM public.ledger_leases",
    "who keeps the views": f"SELECT *{_NOW} FROM public.views_keeper",
    "how far the ledger is": "SELECT max(notification_id) AS position FROM ledger_events",
    "how far the views are": "SELECT view, position FROM dialtrail_views.view_progress",
    "sessions": "SELECT pid, application_name, state, wait_event_type, wait_event, clock_timestamp() - xact_start AS "
    "in_transaction, clock_timestamp() - state_change AS in_state, pg_blocking_pids(pid) AS blocked_by, left(query, 200) "
    "AS query FROM pg_stat_activity WHERE datname=current_database() ORDER BY xact_start NULLS LAST",
    "locks": "SELECT pid, locktype, relation::regclass::text AS relation, mode, granted, waitstart FROM pg_locks "
    "WHERE locktype IN ('relation', 'transactionid', 'advisory') AND (database IS NULL OR database=(SELECT oid FROM "
    "pg_database WHERE datname=current_database())) AND mode NOT IN ('AccessShareLock') ORDER BY granted, pid",
}
RATE = (
    "SELECT (SELECT max(notification_id) FROM ledger_events) AS position, xact_commit AS commits, xact_rollback AS "
    f"rollbacks, pg_sleep(%s){_NOW} FROM pg_stat_database WHERE datname=current_database()"
)


def write_down(folder: Path, url: str, servers: list[str]) -> Path:
    """Write down all that can be asked: the database at `url`, each of the servers by its address, and the logs in the folder.

    Whatever cannot be had is said in its place.
    """
    path = folder / FILE
    with path.open("w") as file:
        for title, lines in [*_of_database(url), *_of_servers(servers), *_of_logs(folder)]:
            file.write(f"== {title}\n" + "".join(f"{line}\n" for line in lines) + "\n")
    return path


def _of_database(url: str) -> Iterator[tuple[str, list[str]]]:
    def rows(statement: str, *values: object) -> list[str]:
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            found = connection.execute(statement, values or None).fetchall()
            return [json.dumps(row, default=str) for row in found]

    for title, statement in QUERIES.items():
        yield title, _tried(partial(rows, statement))
    yield "what goes on meanwhile", _tried(lambda: rows(RATE, 0) + rows(RATE, RATE_SECONDS) + rows(RATE, 0))


def _of_servers(servers: list[str]) -> Iterator[tuple[str, list[str]]]:
    for address in servers:
        yield f"ready, by {address}", _tried(partial(_lines, address, "/health/ready"))
    for address in servers[:1]:
        yield "people who are left", _tried(partial(_people, address))


def _people(address: str) -> list[str]:
    lines = []
    for status in OPEN_STATUSES:
        page = _asked(address, f"/v1/campaigns/spring/recipients?status={status}&limit={PEOPLE_MAX}")
        for person in page["items"]:
            lines.append(json.dumps(person))
            own = f"/v1/campaigns/spring/recipients/{quote(person['number'])}"
            lines += _lines(address, f"{own}/explain")
    return lines


def _lines(address: str, path: str) -> list[str]:
    return [json.dumps(_asked(address, path))]


def _asked(address: str, path: str) -> Any:
    return httpx.get(address + path, timeout=ASK_SECONDS_MAX, trust_env=False).json()


def _of_logs(folder: Path) -> Iterator[tuple[str, list[str]]]:
    for log in sorted(folder.glob("*.log")):
        with suppress(OSError), log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            yield f"the end of {log.name}", file.read().decode(errors="replace").splitlines()


def _tried(ask: Callable[[], list[str]]) -> list[str]:
    try:
        return ask() or ["nothing"]
    except Exception as error:  # noqa: BLE001 - the rest is worth having all the same
        return [f"could not be asked: {error!r}"]
