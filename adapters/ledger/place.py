"""Where a ledger was dialled on last, as it stands in its own database: a copy of that says where it is from."""

from collections.abc import Mapping

import msgspec

from adapters.ledger.moved import COPIED, require_whole
from adapters.ledger.own_rows import own_object
from adapters.ledger.pseudonym_key import CHECK
from adapters.ledger.reader import readable
from adapters.ledger.recorder import LedgerRecorder
from domain.errors import LedgerUnusable

PLACE = "place"
Where = Mapping[str, str | int]


class _CopiedFrom(msgspec.Struct, frozen=True):
    closed_position: int | None = None


class DialledPlace:
    """What tells one place from another: of a file its inode and device, of a database its server, timeline and number."""

    def __init__(self, recorder: LedgerRecorder) -> None:
        self._recorder = recorder

    def require_as_opened(self, key_check: str) -> None:
        """Raises `LedgerUnusable` where a copy was made into its database since it was opened, empty: its key is another one."""
        with readable():
            require_whole(self._recorder)
            if self._recorder.read_meta(CHECK) != key_check:
                raise LedgerUnusable("a ledger was copied into this database just now: give the command again")

    def here(self) -> Where:
        """Where it is now; nothing where the database will not say."""
        with readable():
            return self._recorder.identity() or {}

    def known(self) -> Where | None:
        """Where it was when somebody began to dial on it last; None where nobody has, since this is written down."""
        with readable():
            text = self._recorder.read_meta(PLACE)
        return None if text is None else own_object(PLACE, text, dict[str, str | int])

    def is_copied(self) -> bool:
        """Whether `dialtrail copy` made it."""
        with readable():
            return self._recorder.read_meta(COPIED) is not None

    def closed_elsewhere_at(self) -> int | None:
        """The position of `ledger.closed` where it was copied from: a gap here. None where there is none, or it is not known."""
        with readable():
            text = self._recorder.read_meta(COPIED)
        return None if text is None else own_object(COPIED, text, _CopiedFrom).closed_position

    def know(self, where: Where) -> None:
        """Somebody begins to dial on it there."""
        with readable():
            self._recorder.write_meta({PLACE: msgspec.json.encode(where).decode()}, replace=True)
