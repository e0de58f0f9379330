"""What keeps the views: in a thread of this process, or in a process of its own."""

from application.views.messages import Orders
from application.views.places import (
    VIEWS_FILE,
    VIEWS_FILE_IN_THE_MAKING,
    LedgerReads,
    Places,
    ViewsFile,
    ViewsSchema,
    places_in,
)
from application.views.projector import Projector
from application.views.rebuilding import Rebuilding
from application.views.remote import RemoteProjector, Views
