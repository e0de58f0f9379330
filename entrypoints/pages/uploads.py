"""Files that somebody sent, and has not yet said yes to: kept in memory for a while, a few of them."""

from collections import OrderedDict
from datetime import datetime, timedelta

from msgspec import Struct

from adapters.recipient_columns import Conventions
from domain.errors import NotFound

KEPT_FOR = timedelta(minutes=30)
BYTES_MAX = 32 * 1024 * 1024
FILES_MAX = 16


class Upload(Struct, frozen=True, kw_only=True):
    """A file for a campaign, who sent it, and how it is written."""

    actor: str
    campaign_id: str
    content: bytes
    conventions: Conventions
    kept_until: datetime


class Uploads:
    """The latest ones of this process, by their id; an older one makes room. Another process does not know them."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._bytes_max = bytes_max

    def keep(self, upload_id: str, upload: Upload, now: datetime) -> None:
        """Keep it until it is asked for, or for a while."""
        self.let_go(now)
        self._kept[upload_id] = upload
        while len(self._kept) > 1 and (
            len(self._kept) > FILES_MAX or sum(len(kept.content) for kept in self._kept.values()) > self._bytes_max
        ):
            self._kept.popitem(last=False)

    def let_go(self, now: datetime) -> None:
        """Of those whose time is over; called with each file, and once that of the last is over."""
        for one in [i for i, kept in self._kept.items() if kept.kept_until <= now]:
            del self._kept[one]

    def take(self, upload_id: str, actor: str, campaign_id: str, now: datetime) -> Upload:
        """The file, for whoever sent it. Raises `NotFound` where it is not kept, or not any more."""
        found = self._kept.get(upload_id)
        if found is None or (found.actor, found.campaign_id) != (actor, campaign_id) or found.kept_until <= now:
            raise NotFound("this file is not kept any more; choose it again, and nobody is enrolled twice")
        return found

    def drop(self, upload_id: str) -> None:
        """It was imported."""
        self._kept.pop(upload_id, None)
