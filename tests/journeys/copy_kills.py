"""`dialtrail copy` as processes that are killed with kill -9, as the test and `scripts/proofs/copy_kills.py` play it.

Each process is forked off this one, which has imported all of it and started no thread: so that a thousand are cheap.
"""

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing, redirect_stdout, suppress
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from typing import Any

from adapters.ledger.ledger import Ledger
from adapters.ledger.postgres.side import PostgresSide
from adapters.ledger.sqlite.side import SqliteSide
from adapters.outbox import Outbox
from adapters.outbox_rows import Letter, SubscriberPlace
from application import copying
from entrypoints.cli.moving import copy
from tests.application.copied_ledgers import Place, fill, table

# What the command imports when it needs it.
for name in ("entrypoints.settings", "entrypoints.cli.moving_parts"):
    importlib.import_module(name)
PLACE = SubscriberPlace(subscription_id="crm", secret="whsec_a", position=1, event_id="e1")
LETTERS = [Letter(position=n, nth=0, lane="a", tries=2) for n in range(1, 4)]
WRITES = (
    (SqliteSide, ("begin", "put", "finish")),
    (PostgresSide, ("begin", "put", "finish")),
    (Outbox, ("have",)),
    (Ledger, ("execute_and_wait",)),
)
ROWS_A_BATCH = 4
KILLED = -signal.SIGKILL


def filled(home: Path, events: int) -> None:
    """A data folder with a ledger and an outbox."""
    home.mkdir(parents=True)
    fill(home, events)
    with closing(Outbox(home)) as outbox:
        outbox.put_place(PLACE)
        outbox.put_letters("crm", LETTERS)


def killed_at_each_write(environ: Mapping[str, str], target: str) -> list[int]:
    """One process after the other, each killed one write further on than the one before, until one comes to its end.

    A write is killed before it, then after it. How each ended.
    """
    ended: list[int] = []
    while not ended or ended[-1] == KILLED:
        dies_at = len(ended) + 1
        ended.append(_wait(_forked(environ, target, lambda at=dies_at: _die_at(at))))  # type: ignore[misc]
    return ended


def killed_at_any_time(environ: Mapping[str, str], target: str, random: Random, seconds_max: float) -> list[int]:
    """One process after the other, each killed after some time, until one comes to its end; the time grows. How each ended."""
    ended: list[int] = []
    while not ended or ended[-1] == KILLED:
        process = _forked(environ, target, lambda: None)
        time.sleep(random.uniform(0, seconds_max) * (1 + len(ended) / 10))
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        ended.append(_wait(process))
    return ended


def faults_of(source: Place, target: Place, before: list[Any], target_folder: Path | None) -> list[str]:
    """What is not as it was, or is not closed. `target_folder` is the target, where it is a folder."""
    faults = []
    if table(target) != before:
        faults.append("the copy differs from the ledger")
    if [row[3] for row in table(source)] != [*(row[3] for row in before), "ledger.closed"]:
        faults.append("the ledger that was left is not closed once")
    if target_folder is not None:
        with closing(Outbox(target_folder)) as outbox:
            if (outbox.places(), outbox.waiting("crm")) != ([PLACE], LETTERS):
                faults.append("what subscriptions are to be told still did not go along")
    return faults


def _forked(environ: Mapping[str, str], target: str, prepare: Callable[[], object]) -> int:
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        os.environ.update(environ)  # noqa: TID251 - the child's own
        copying.ROWS_A_BATCH = ROWS_A_BATCH
        prepare()
        with Path(os.devnull).open("w") as nothing, redirect_stdout(nothing):
            copy(to=target, again=False, yes=True, as_json=True)
        code = 0
    except BaseException as error:  # noqa: BLE001 - it ends here, and says why
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        os._exit(code)


def _wait(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _die_at(left: int) -> None:
    """With the n-th moment from now on: before a write, and after it."""
    moments = iter(range(1, left + 1))

    def moment() -> None:
        if next(moments) == left:
            os.kill(os.getpid(), signal.SIGKILL)

    for kind, names in WRITES:
        for name in names:
            setattr(kind, name, _with_moments(getattr(kind, name), moment))


def _with_moments(write: Callable[..., Any], moment: Callable[[], None]) -> Callable[..., Any]:
    def written(*given: Any, **named: Any) -> Any:
        moment()
        done = write(*given, **named)
        moment()
        return done

    return written
