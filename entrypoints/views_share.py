"""A process that folds one share of the views into a file of its own, and ends; the one that keeps the views starts it."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import Thread

import msgspec

from adapters.ledger import open_reader
from application.views.messages import Orders
from application.views.places import LedgerReads, Places
from application.views.shared import SHARES_MAX, SharedMaking, ShareOrders, ShareReport, do_share
from entrypoints.process import stop_gc

ROOT = Path(__file__).parents[1]


def shared_making(ledger: LedgerReads, places: Places, orders: Orders) -> SharedMaking | None:
    """Views made by as many processes as this one may use processors, and `SHARES_MAX` at most; None where that is one."""
    of = min(len(os.sched_getaffinity(0)), SHARES_MAX)
    if of < 2:
        return None
    shares = ShareOrders(
        folder=orders.folder,
        database_url=orders.database_url,
        keys_url=orders.keys_url,
        fingerprint=orders.fingerprint,
        of=of,
    )
    return SharedMaking(ledger, places, shares, start)


def start() -> subprocess.Popen[bytes]:
    """Start this module as a process of its own, to be told what to do by its standard input."""
    return subprocess.Popen(
        [sys.executable, "-m", "entrypoints.views_share"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )


def main() -> int:
    """Do as ordered, and say how it went."""
    # What a terminal or a service manager sends to all of a group is for the parent, which ends this process in its time.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=ShareOrders)
    Thread(target=_end_with_parent, name="dialtrail-parent", daemon=True).start()
    stop_gc()
    do_share(orders, lambda: closing(open_reader(Path(orders.folder), orders.database_url, orders.keys_url)), _say)
    return 0


def _say(report: ShareReport) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    sys.stdout.buffer.flush()


def _end_with_parent() -> None:
    """Nothing more is said to it: its input ends with its parent, or when that wants it to."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
