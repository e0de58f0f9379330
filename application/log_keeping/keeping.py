"""The log is kept: one worker that takes in what the ledger has, signs it when it is time, and says how far it is."""

from collections.abc import Callable
from datetime import datetime

import structlog

from adapters.turns import IN_THREADS, Rest, Work, WorkDriver, Working
from application.log_keeping.keeper import LogKeeper
from application.log_keeping.signer import LogSigner
from application.log_report import LogReport
from domain.errors import DialtrailError
from projections.follow import said_of

LOOK_SECONDS = 1.0
STAND_BACK_SECONDS = 5.0
"""Another process keeps it: look this much later whether it still does."""
LAST_BATCHES_MAX = 64
STOP_SECONDS_MAX = 8.0

log = structlog.get_logger("dialtrail.log")


class LogKeeping:
    """One for a process. It keeps the log once it is told to; `told` hears of each round, in its thread."""

    def __init__(
        self,
        keeper: LogKeeper,
        signer: LogSigner,
        close: Callable[[], None],
        clock: Callable[[], datetime],
        told: Callable[[LogReport], None] = lambda _: None,
        look_seconds: float = LOOK_SECONDS,
        turns: WorkDriver = IN_THREADS,
    ) -> None:
        """`close` closes the store once nothing more is written."""
        self._keeper = keeper
        self._signer = signer
        self._close = close
        self._clock = clock
        self._told = told
        self._look_seconds = look_seconds
        self._keeps = False
        self._turns, self._stopping = turns, turns.bell()
        self._working: Working | None = None
        self.log_report = LogReport()

    def start_log(self) -> None:
        """Begin."""
        self._working = self._turns.begin(self._run, "dialtrail-log")

    def keep_log(self, *, keeps: bool) -> None:
        """Keep it, or stand by."""
        self._keeps = keeps

    def stop_log(self) -> None:
        """Sign what there is by now, and end."""
        self._stopping.set()
        if self._working is not None and self._working.is_alive():
            self._working.join(STOP_SECONDS_MAX)
        else:
            self._close()

    def round(self, *, at_once: bool = False) -> bool:
        """One batch, and a signature where it is time or `at_once`; whether there may be more to take in."""
        keeper, signer, trouble, has_more = self._keeper, self._signer, None, False
        try:
            has_more = keeper.step()
            trouble = keeper.fork
            if not has_more and keeper.head is not None and trouble is None and not keeper.stood_back:
                signer.tick(keeper.head, self._clock(), at_once=at_once)
                trouble = signer.fork
        except DialtrailError as error:
            trouble = str(error)
        except Exception as error:  # noqa: BLE001 - a mistake in here must end nothing else
            trouble = f"a mistake inside Dialtrail: {said_of(error)}"
        if trouble is not None and trouble != self.log_report.trouble:
            log.warning("the log cannot go on", trouble=trouble)
        self._tell(trouble, is_at_end=not has_more and trouble is None)
        return has_more

    def _have_cosigned(self) -> None:
        try:
            self._signer.witness()
        except Exception as error:  # noqa: BLE001 - a mistake in here must end nothing else
            log.warning("the log's witnesses could not be asked", why=said_of(error))

    def _tell(self, trouble: str | None, *, is_at_end: bool = False) -> None:
        head, newest, before = self._keeper.head, self._signer.newest, self.log_report
        self.log_report = LogReport(
            size=before.size if head is None else head.size,
            position=before.position if head is None else head.position,
            signed_size=0 if newest is None else newest.size,
            signed_at=None if newest is None else newest.at,
            at_end_at=self._clock() if is_at_end else before.at_end_at,
            trouble=trouble,
            notes=list(self._signer.notes),
        )
        self._told(self.log_report)

    def _run(self) -> Work:
        while not self._stopping.is_set():
            if not self._keeps:
                yield Rest(self._stopping, self._look_seconds)
            elif not self.round():
                self._have_cosigned()
                yield Rest(self._stopping, STAND_BACK_SECONDS if self._keeper.stood_back else self._look_seconds)
        if self._keeps:
            for _ in range(LAST_BATCHES_MAX):
                if not self.round(at_once=True):
                    break
        self._close()
