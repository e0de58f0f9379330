"""Makes a bundle: a ZIP file, byte for byte the same for the same ledger and checkpoint."""

import ast
import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO

from msgspec import Struct

from adapters.ledger import LedgerReader
from adapters.ledger.recorder import Row
from adapters.verifiable_log.checkpoint import Checkpoint
from adapters.verifiable_log.note import Signer, sign, split_note
from adapters.verifiable_log.store import LogStore
from application.evidence.gathering import EVENTS_MAX, STREAMS_A_READ, Subject, SubjectKind, find_subject, streams_about
from application.evidence.places import EventPlaces
from application.evidence.verifier import check, events, notes, page
from domain.errors import InvalidInput, NotReady

PARTS = ("notes", "events", "basis", "page", "check")
PACKAGE = "application.evidence.verifier"
STATES_BYTES_MAX = 64 * 1024 * 1024
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # a log's key signs without one
# Whoever runs it beside the files runs none of these: Python looks there first for what it imports.
PRELUDE = """import sys

if __name__ == "__main__" and not getattr(sys.flags, "safe_path", sys.flags.isolated):
    del sys.path[0]
"""
README = """Evidence from Dialtrail's ledger
================================

index.html is for reading. Everything in it is made from events.jsonl, the events byte for byte as they are stored.

    python -I verify.py         checks this folder, or a ZIP file that is named; it needs Python and `cryptography`
    python -I verify.py --help  says what else it takes: the log's key, keys of witnesses whom you trust

Take verify.py from a source of your own where you can: it is the same in all bundles of a version of Dialtrail.

What a bundle that holds shows: the events in it are in the log, as they are here, in this order; nothing was left out
between the first and the last event of each stream; and whoever has the log's key says that these are all events of
these streams up to this checkpoint. A witness's cosignature shows that the log had no other history up to there that
this witness has seen.

What it does not show: that there is nothing else about the same matter in other streams; what came after the
checkpoint; that what was recorded is true. The provider's signatures can be checked with the provider's secret alone,
which is not in here (--webhook-secret-file). Where fields are shown as sealed, they were erased, or are kept from you.
"""


class MadeBundle(Struct, frozen=True):
    """What was made: about what, from which checkpoint, how many events and bytes."""

    subject: Subject
    size: int
    position: int
    events: int


def make_bundle(
    out: IO[bytes],
    reader: LedgerReader,
    store: LogStore,
    signer: Signer | None,
    text: str,
    kind: SubjectKind | None = None,
    size: int | None = None,
    *,
    opens: bool = True,
) -> MadeBundle:
    """Write a bundle about what `text` names, as the checkpoint over `size` events has it (None: the newest).

    What is sealed is opened by its keys, which come with it, unless `opens` says otherwise.

    Raises `NotFound`, `InvalidInput` where there is too much of it, `NotReady` without the log's key, and
    `LedgerUnusable` where the ledger is not what the log says.
    """
    places = EventPlaces(reader, store, size)
    if signer is None or signer.key.text not in store.signing_keys():
        raise NotReady(
            "the log's key is not in this data folder, and a bundle is signed by it: make it where the key is"
        )
    subject = find_subject(reader, text, kind, places.head.position)
    rows = _rows(reader, streams_about(reader, subject, places.head.position), places.head.position)
    keys = reader.sealing_keys(_sealed_with(rows)) if opens else {}
    files = _files(subject, places, rows, store.signing_keys(), keys)
    head = notes.TreeHead(places.head.origin, places.head.size, b"")
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    files[check.MANIFEST] = sign(check.manifest_text(head, subject.kind, subject.name, digests), [signer], NO_TIME)
    check.pack(out, files)
    return MadeBundle(subject, places.head.size, places.head.position, len(rows))


def _rows(reader: LedgerReader, streams: Sequence[str], up_to: int) -> list[Row]:
    rows: list[Row] = []
    size = 0
    for at in range(0, len(streams), STREAMS_A_READ):
        more = reader.read_stream_rows(streams[at : at + STREAMS_A_READ], up_to)
        size += sum(len(row[4]) for row in more)
        rows += more
        if len(rows) > EVENTS_MAX or size > STATES_BYTES_MAX:
            raise InvalidInput(
                "SUBJECT",
                f"has more than {EVENTS_MAX} events or {STATES_BYTES_MAX} bytes: make bundles of its calls or people",
            )
    return sorted(rows)


def _sealed_with(rows: Sequence[Row]) -> set[str]:
    return {key_id for row in rows if b'"sealed"' in row[4] for key_id in events.bundled(*row).sealed_with}


def _files(
    subject: Subject, places: EventPlaces, rows: Sequence[Row], log_keys: Sequence[str], keys: Mapping[str, bytes]
) -> dict[str, bytes]:
    made = [events.bundled(*row, keys) for row in rows]
    proofs = [(row[0], *places.proof(row)) for row in rows]
    checkpoint = Checkpoint.parse(split_note(places.checkpoint.note.encode())[0])
    head = notes.TreeHead(checkpoint.origin, checkpoint.size, checkpoint.root)
    return {
        "README.txt": README.encode(),
        "checkpoint": places.checkpoint.note.encode(),
        "events.jsonl": b"".join(events.event_line(one) for one in made),
        "proofs.jsonl": b"".join(
            events.json_bytes(
                {
                    "position": position,
                    "index": index,
                    "hashes": [base64.b64encode(one).decode() for one in hashes],
                }
            )
            for position, index, hashes in proofs
        ),
        "keys.json": events.json_bytes({"log": list(log_keys)}),
        "opened.json": events.keys_text(keys),
        "verify.py": verify_py(),
        check.PAGE: page.page(subject.kind, subject.name, head, made),
        **{name: events.derived(name, made) for name in events.DERIVED_FROM},
    }


@cache
def verify_py() -> bytes:
    """The parts of the verifier, one after the other, without their imports of each other."""
    parts = []
    for name in PARTS:
        source = Path(str(import_module(f"{PACKAGE}.{name}").__file__)).read_text(encoding="utf-8")
        lines = source.splitlines()
        for node in ast.parse(source).body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
                lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
        parts.append("\n".join(lines).rstrip())
    return ("\n\n\n".join([PRELUDE.rstrip(), *parts]) + "\n").encode()
