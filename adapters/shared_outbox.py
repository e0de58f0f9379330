"""The outbox beside a ledger in PostgreSQL, for whichever process sends; and what an earlier version kept in a data folder."""

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from adapters.alerts_file import AlertsFile
from adapters.outbox import OUTBOX_FILE, Outbox
from adapters.outbox_rows import Letter, SubscriberPlace, Try
from adapters.shared_database import SharedAlerts, SharedDatabase
from adapters.wal_files import LEDGER_FILE

_COUNT_CHANGE = (
    "INSERT INTO change AS known VALUES (?, 1) ON CONFLICT (subscription) DO UPDATE SET number=known.number + 1"
)
_LOCK_PLACE = "SELECT 1 FROM place WHERE subscription=? FOR UPDATE"


class SharedOutbox(Outbox):
    """The same, in what all servers share.

    One of them sends, and another may be asked to replay, to resend or for a new secret: each change is counted, and each
    time when one begins to send. Who sends by an earlier count writes nothing any more. It begins anew from what is here,
    so that what it delivered since is told again.
    """

    def __init__(self, database: SharedDatabase) -> None:
        self._database = self._kept = database

    @property
    def is_there(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """It is closed with what is shared."""

    def changes(self, subscription_id: str) -> int:
        """How often something of a subscription was changed by another than who sends it."""
        with self._database.talking() as talk:
            rows = talk.execute("SELECT number FROM change WHERE subscription=?", (subscription_id,)).fetchall()
        return int(rows[0][0]) if rows else 0

    def change(self, subscription_id: str, work: Callable[[], None]) -> None:
        """Do something to a subscription's place or letters: who sends it, at whatever server, begins anew.

        In one transaction, in which nobody writes where it stands.
        """
        with self._database.talking() as talk:
            talk.execute(_LOCK_PLACE, (subscription_id,))
            work()
            talk.execute(_COUNT_CHANGE, (subscription_id,))

    def place(self, subscription_id: str) -> SubscriberPlace | None:
        """Where a subscription stands, and after how many changes."""
        with self._database.talking():
            changes, found = self.changes(subscription_id), super().place(subscription_id)
        return None if found is None else replace(found, changes=changes)

    def take(self, subscription_id: str) -> SubscriberPlace | None:
        """Where a subscription stands; another server that sent it, and may not know yet that it does so no more, is fenced."""
        with self._database.talking():
            self.change(subscription_id, lambda: None)
            return self.place(subscription_id)

    def write(
        self, place: SubscriberPlace, letters: Iterable[Letter], settled: Iterable[Letter], tries: Iterable[Try]
    ) -> None:
        """How far a subscription has come; nothing, where it was changed since it was read."""
        with self._database.talking() as talk:
            talk.execute(_LOCK_PLACE, (place.subscription_id,))  # then it is compared: nothing changes any more
            if self.changes(place.subscription_id) == place.changes:
                super().write(place, letters, settled, tries)


def move_in(database: SharedDatabase, folder: Path) -> None:
    """What an earlier version kept in a data folder, although its ledger was in this database, is shared from now on.

    Only where nothing of it is shared yet; the files stay beside, under another name. A folder with a ledger of its own
    keeps what is about that. Raises `NotReady`.
    """
    if (folder / LEDGER_FILE).exists():
        return
    file, alerts = folder / OUTBOX_FILE, AlertsFile(folder)
    if file.exists():
        with closing(Outbox(folder)) as earlier:
            outbox = SharedOutbox(database)
            if not outbox.places():
                outbox.have(earlier.contents())
        file.rename(file.with_name(f"{OUTBOX_FILE}.moved"))
    content = alerts.read()
    if content is not None:
        shared = SharedAlerts(database)
        if shared.read() is None:
            shared.write(content)
        alerts.path.rename(alerts.path.with_name(f"{alerts.path.name}.moved"))
