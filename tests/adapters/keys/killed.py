"""Makes keys and destroys them until it is killed; each line on stdout says what is durable by then. `python -m tests.adapters.keys.killed FOLDER`."""

import sys
from contextlib import closing
from hashlib import sha256
from itertools import count
from pathlib import Path

from adapters.keys import KEY_BYTES, SqliteKeyTable

KEYS = 64


def made(batch: str) -> bytes:
    """The keys of a batch, which whoever looks later can make again."""
    return b"".join(sha256(f"{batch}.{place}".encode()).digest() for place in range(KEYS))[: KEYS * KEY_BYTES]


def main(folder: Path) -> None:
    """Add a batch, then destroy a key of it, again and again."""
    with closing(SqliteKeyTable(folder, writes=True)) as table:
        for nth in count():
            table.add(f"batch{nth}", made(f"batch{nth}"))
            sys.stdout.write(f"made {nth}\n")
            sys.stdout.flush()
            table.overwrite([f"batch{nth}.{nth % KEYS}"], f"{nth + 1} event")
            sys.stdout.write(f"destroyed {nth}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
