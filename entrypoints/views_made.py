"""Where the views are kept: by this process, or by one beside it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from adapters.ledger import Ledger
from adapters.log_words import LogForm
from application.views import Orders, Projector, RemoteProjector, Views, places_in
from entrypoints import views_process
from entrypoints.roles import Role


def made_views(
    ledger: Ledger,
    orders: Orders,
    log_form: LogForm,
    clock: Callable[[], datetime],
    role: Role,
) -> Views:
    """The projector of a ledger, by where its views are kept: here, by a process of its own, or by another server's."""
    places = places_in(
        Path(orders.folder),
        orders.database_url,
        orders.wal_bytes_max,
        for_owner=role.stays,
        reads_only=role.views == "elsewhere",
    )
    if role.views != "apart":
        return Projector(ledger, places, orders.fingerprint, clock)
    return RemoteProjector(ledger, places, orders, clock, partial(views_process.start, log_form))
