"""What is remembered of alerts over restarts: which are on, which were, and what is still to be sent."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

import msgspec
import structlog
from msgspec import Struct

from adapters.mail import Mail
from domain.alerting import Alert, AlertChange

RECENT_MAX = 100
MAILS_MAX = 200
TO_TELL_MAX = 200

log = structlog.get_logger("dialtrail.alerts")


class WaitingMail(Struct, frozen=True, kw_only=True):
    """A message that is to be sent: how often that failed, and when it is tried again (None: at once)."""

    mail: Mail
    tries: int = 0
    next_at: datetime | None = None


class KeptAlerts(Struct, frozen=True, kw_only=True):
    """All of it, as it lies in the file.

    `on` are the alerts by key, with those that have yet to hold long enough; `recent` those that are over, the last one
    first. `failing_since` is None while messages are taken; `given_up` counts those that were never, since the last one that
    was. `digest_day` is the day of the last digest. `to_tell` is what subscribers are still to be told.
    """

    on: Mapping[str, Alert] = {}
    recent: Sequence[Alert] = ()
    mails: Sequence[WaitingMail] = ()
    sent_at: datetime | None = None
    failing_since: datetime | None = None
    failing_last: str | None = None
    given_up: int = 0
    digest_day: date | None = None
    to_tell: Sequence[AlertChange] = ()


class AlertsPlace(Protocol):
    """Where it lies: a file, or what all servers share."""

    def read(self) -> bytes | None:
        """All of it; None where there is nothing."""

    def set_aside(self) -> None:
        """Keep what says nothing for a person to look at."""

    def write(self, content: bytes) -> None:
        """Have this remembered. Raises `NotReady`."""


class AlertMemory:
    """Changed on the event loop alone; `save` may be called in a thread. What was not saved is said by `trouble`."""

    def __init__(self, file: AlertsPlace) -> None:
        self._file = file
        self.kept = _read(file)
        self._saved = self.kept
        self.trouble: str | None = None

    @property
    def is_saved(self) -> bool:
        """Whether all of it is on disk."""
        return self.kept is self._saved

    def since(self, key: str) -> datetime | None:
        """Since when something is known to need somebody."""
        alert = self.kept.on.get(key)
        return None if alert is None else alert.since

    def save(self) -> None:
        """Have what is remembered now on disk. Raises `NotReady`."""
        kept = self.kept
        self._file.write(msgspec.json.encode(kept))
        self._saved = kept

    def load_anew(self) -> None:
        """Know what another process remembers by now; in a thread, while nobody changes this. Raises `NotReady`."""
        self.kept = self._saved = _read(self._file)

    def put(self, **changed: object) -> None:
        """Remember this instead; nothing where it is the same."""
        if any(getattr(self.kept, name) != value for name, value in changed.items()):
            self.kept = msgspec.structs.replace(self.kept, **changed)

    def took(self, on: Mapping[str, Alert], changes: Sequence[AlertChange]) -> None:
        """The alerts after a look."""
        over = [change.alert for change in changes if change.kind == "over"]
        recent = [*over, *self.kept.recent][:RECENT_MAX]
        self.put(on=on, recent=recent if over else self.kept.recent)

    def add_mail(self, mail: Mail) -> None:
        """One more message at the end; where there are too many, the oldest is given up."""
        mails = [*self.kept.mails, WaitingMail(mail=mail)]
        surplus = max(0, len(mails) - MAILS_MAX)
        if surplus:
            log.warning("more messages wait than are kept: the oldest is given up", kept=MAILS_MAX)
        self.put(mails=mails[surplus:], given_up=self.kept.given_up + surplus)

    def add_to_tell(self, changes: Sequence[AlertChange]) -> None:
        """More that subscribers are to be told; where there is too much, the oldest is left out."""
        waits = [*self.kept.to_tell, *changes]
        if len(waits) > TO_TELL_MAX:
            log.warning("more alerts wait to be told than are kept: the oldest are left out", kept=TO_TELL_MAX)
        self.put(to_tell=waits[-TO_TELL_MAX:])

    def settle_told(self, count: int) -> None:
        """The first so many were told."""
        self.put(to_tell=list(self.kept.to_tell)[count:])

    def settle_mail(self, mail_id: str, replaced: Callable[[WaitingMail], WaitingMail] | None = None) -> None:
        """A message needs no more, or is another now."""
        found = []
        for one in self.kept.mails:
            if one.mail.mail_id != mail_id:
                found.append(one)
            elif replaced is not None:
                found.append(replaced(one))
        self.put(mails=found)


def _read(file: AlertsPlace) -> KeptAlerts:
    content = file.read()
    if content is None:
        return KeptAlerts()
    try:
        return msgspec.json.decode(content, type=KeptAlerts)
    except msgspec.MsgspecError as error:
        log.warning("what was remembered of alerts cannot be read, and is set aside", why=str(error))
        file.set_aside()
        return KeptAlerts()
