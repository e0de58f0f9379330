"""What keeps the views: in a thread of this process, or in a process of its own."""

from entrypoints.projector.messages import Orders
from entrypoints.projector.places import (
    VIEWS_FILE,
    VIEWS_FILE_IN_THE_MAKING,
    LedgerReads,
    Places,
    ViewsFile,
    ViewsSchema,
)
from entrypoints.projector.projector import Projector, Rebuilding
from entrypoints.projector.remote import RemoteProjector, Views

__all__ = [
    "VIEWS_FILE",
    "VIEWS_FILE_IN_THE_MAKING",
    "LedgerReads",
    "Orders",
    "Places",
    "Projector",
    "Rebuilding",
    "RemoteProjector",
    "Views",
    "ViewsFile",
    "ViewsSchema",
]
