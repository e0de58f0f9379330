"""Where the views are kept: by this process, or by one beside it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from adapters.ledger import Ledger
from adapters.log_words import LogForm
from application.views import Orders, Projector, RemoteProjector, Views, places_in
from entrypoints import views_process


def made_views(
    ledger: Ledger,
    orders: Orders,
    log_form: LogForm,
    clock: Callable[[], datetime],
    is_owner: bool,
    apart: bool,
) -> Views:
    """The projector of a ledger; one that asks a process of its own where the views are kept `apart`."""
    places = places_in(Path(orders.folder), orders.database_url, orders.wal_bytes_max, for_owner=is_owner)
    if not apart:
        return Projector(ledger, places, orders.fingerprint, clock)
    return RemoteProjector(ledger, places, orders, clock, partial(views_process.start, log_form))
