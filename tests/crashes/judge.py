"""What was asked of the provider and acknowledged to it up to a moment, and what the ledger must have of that afterwards."""

from collections.abc import Sequence
from pathlib import Path

import orjson
from msgspec import Struct

from adapters.ledger import open_sqlite_ledger
from domain.call import Report
from domain.errors import DialtrailError
from domain.events import Recorded
from domain.recipient import AttemptStarted
from entrypoints.doctor.ledger_file import read_ledger_file
from entrypoints.process import new_id, utc_now
from tests.crashes.replay import State, lay_out
from tests.crashes.shim import Call
from tests.crashes.short_run import SANDBOX_LOG


class Seen(Struct, frozen=True):
    """Of each call that told the outside something: how many calls there had been, and what was told."""

    acknowledged: Sequence[tuple[int, tuple[str, str]]]
    sent: Sequence[tuple[int, str]]


def is_no_disk(path: str) -> bool:
    """What is the outside's, and SQLite's index of a WAL, which is in memory alone."""
    return path == SANDBOX_LOG or path.endswith("-shm")


def seen_in(calls: Sequence[Call]) -> Seen:
    """What the provider saw: the stream and digest of each delivery that it got a 2xx for, and the attempts that came."""
    acknowledged, sent = [], []
    for n, call in enumerate(calls):
        if call.path != SANDBOX_LOG or call.kind != "write":
            continue
        line = orjson.loads(call.data)
        if line["kind"] == "delivery" and 200 <= (line["status"] or 0) < 300:
            acknowledged.append((n, (f"call:{line['call_id']}", line["body_sha256"])))
        if line["kind"] == "arrived" and line["method"] == "POST" and line["request_body"] is not None:
            sent.append((n, line["request_body"]["metadata"]["attempt_id"]))
    return Seen(acknowledged, sent)


def faults_of(state: State, seen: Seen, folder: Path) -> list[str]:
    """What a ledger that is opened on such a disk lacks, or has that cannot be."""
    lay_out(state, folder)
    home = folder / "data"
    home.mkdir(parents=True, exist_ok=True)
    try:
        events = _events(home)
    except DialtrailError as error:
        return [f"the ledger does not open: {error}"]
    facts = read_ledger_file(home / "ledger.db", lambda: 0.0)
    stored = {(one.stream, one.event.digest) for one in events if isinstance(one.event, Report)}
    started = {one.event.attempt_id for one in events if isinstance(one.event, AttemptStarted)}
    promises = {
        "what was acknowledged is stored": {told for n, told in seen.acknowledged if n < state.calls} <= stored,
        "what was sent has begun": {attempt for n, attempt in seen.sent if n < state.calls} <= started,
        "the file is whole": facts is not None and (facts.trouble, facts.complaints) == (None, ()),
        "no version is missing": _are_versions_whole(events),
    }
    return [promise for promise, is_kept in promises.items() if not is_kept]


def _events(home: Path) -> list[Recorded]:
    ledger = open_sqlite_ledger(home, clock=utc_now, new_event_id=new_id, new_key=bytes)
    try:
        return list(ledger.replay())
    finally:
        ledger.close()


def _are_versions_whole(events: Sequence[Recorded]) -> bool:
    last: dict[str, int] = {}
    for one in events:
        if one.version != last.get(one.stream, 0) + 1:
            return False
        last[one.stream] = one.version
    return True
