"""Where the views are kept: by this process, or by one beside it."""

from functools import partial
from pathlib import Path

from adapters.ledger import Ledger
from adapters.log_words import LogForm
from application.views import Orders, Projector, RemoteProjector, Views, places_in
from entrypoints import views_process, views_share
from entrypoints.log_orders import log_orders
from entrypoints.process import Outside
from entrypoints.roles import Role
from entrypoints.settings import Settings


def made_views(
    ledger: Ledger,
    orders: Orders,
    log_form: LogForm,
    outside: Outside,
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
        shared = views_share.shared_making(ledger, places, orders)
        return Projector(ledger, places, orders.fingerprint, outside.clock, shared=shared, turns=outside.turns)
    return RemoteProjector(ledger, places, orders, outside.clock, partial(views_process.start, log_form))


def orders_of(settings: Settings, folder: Path, fingerprint: str | None, log_name: str) -> Orders:
    """What a process that keeps the views is told, beside the name of the ledger's log."""
    return Orders(
        folder=str(folder.absolute()),
        database_url=settings.ledger_url,
        keys_url=settings.keys_url,
        fingerprint=fingerprint,
        wal_bytes_max=settings.wal_bytes_max,
        log=log_orders(settings, log_name),
    )
