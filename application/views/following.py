"""What is in flight, kept up to date from the ledger; it begins with what the views know."""

import asyncio

from adapters.ledger import Ledger
from application.views.remote import Views
from projections.follow import Follower
from projections.in_flight import InFlight, loaded_from

LOAD_LOOK_SECONDS = 1.0


def follow_in_flight(ledger: Ledger, views: Views, fingerprint: str | None) -> tuple[InFlight, Follower]:
    """The fold, and what feeds it once it is started: first from the views, when they have come to where the ledger was then."""
    in_flight = InFlight(ledger.read_streams, fingerprint)

    def load_now() -> None:
        with views.reading() as taken:
            loaded = loaded_from(taken)
        in_flight.load(loaded)

    async def load() -> None:
        wanted = ledger.position
        while not await views.wait_for(wanted, LOAD_LOOK_SECONDS):
            follower.trouble = views.trouble or f"the views are at position {views.position} of {wanted}"
        follower.trouble = None
        await asyncio.to_thread(load_now)

    follower = Follower(in_flight, ledger.read_feed, lambda: ledger.position, load)
    ledger.add_listener(follower.pushed)
    return in_flight, follower
