"""What the ledger's tests let other processes do: `python -m tests.adapters.ledger.processes WHAT FOLDER`."""

import json
import resource
import sys
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from adapters.folder_owner import FolderOwner
from adapters.ledger import Ledger
from domain.errors import LedgerUnavailable
from tests.adapters.ledger.stage import ask, create, do, gathering, open_ledger, outcome

ROOM_ON_DISK_BYTES = 40_000


def say(what: object) -> None:
    """One line of JSON to whoever listens."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def acknowledge(folder: Path) -> None:
    """Commit for ever, and say each campaign's name once it is on disk."""
    ledger = open_ledger(folder)
    for n in count():
        do(ledger, create(f"c{n}"), "webhooks")
        say(f"c{n}")


def fill_the_disk(folder: Path) -> None:
    """Commit until no file may grow, say what came of it, make room, and go on."""
    ledger = open_ledger(folder)
    do(ledger, create("first"))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = max(path.stat().st_size for path in folder.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + ROOM_ON_DISK_BYTES, hard))
    stored = _commit_until_full(ledger)
    with gathering(ledger):
        asked = [ask(ledger, create(f"refused{n}")) for n in range(3)]
    errors = [outcome(a).error for a in asked]
    trouble = ledger.trouble
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    after = ledger.execute_and_wait(create("after"), lane="commands", metadata={})
    say(
        {
            "stored": stored,
            "errors": [type(e).__name__ for e in errors],
            "different": len({id(e) for e in errors}),
            "trouble": trouble,
            "after": after.position,
        }
    )
    ledger.close()


def _commit_until_full(ledger: Ledger) -> int:
    for n in count(1):
        try:
            do(ledger, create(f"c{n}"))
        except LedgerUnavailable:
            return n
    raise AssertionError


def own(folder: Path) -> None:
    """Own the folder, say so, and end when told to."""
    owner = FolderOwner.take(folder, "up --port 8080")
    say("owned")
    if sys.stdin.readline().strip() == "announce":
        owner.announce("http://127.0.0.1:8080", "s3cret")
        say("announced")
        sys.stdin.readline()
    owner.release()
    say("released")


WHAT: Mapping[str, Callable[[Path], None]] = {"acknowledge": acknowledge, "fill": fill_the_disk, "own": own}

if __name__ == "__main__":
    WHAT[sys.argv[1]](Path(sys.argv[2]))
