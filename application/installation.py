"""The parts of a running Dialtrail that answer what it is asked."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from msgspec import Struct, field

from adapters.ledger import Ledger
from adapters.lookup_client import LookupClient
from adapters.minivoice_client import MiniVoiceClient
from adapters.verifiable_log.store import LogStore
from application.arrivals import Arrivals
from application.at_once import DEAR_READS, DEAR_READS_MAX, AtOnce
from application.dialer.lookup_brake import LookupTrouble
from application.evidence.making import BundleMaker
from application.subscriber_trouble import SubscriberTrouble
from application.subscriptions.service import Subscriptions
from application.unsound import Unsound
from application.views import Views
from application.views.reads import Reads
from application.views.row_counts import RowCounts
from application.workers.agents import AgentsTrouble
from application.workers.divergence import DivergenceWatch
from application.workers.usage import UsageWatch
from domain.errors import NotReady
from domain.pacing import AccountLimits
from domain.script import Script
from projections.follow import Follower
from projections.in_flight import InFlight

FRESH_SECONDS_MAX = 30.0


def _no_subscriber_trouble() -> Sequence[SubscriberTrouble]:
    return ()


def _not_known_before(_: str) -> datetime | None:
    return None


class Installation(Struct, frozen=True):
    """One per process; everything that is asked of Dialtrail is asked of it.

    `subscriber_troubles` is asked in a thread. `needed_since` says since when something is known to need somebody, by its
    key. Of at most `unresolved_told_above` unresolved attempts of a campaign no alert tells. `dials_elsewhere` says which
    other process dials, and so knows what its memory alone holds; `unsound` why nobody is called while the ledger may not say all that it has.
    """

    ledger: Ledger
    in_flight: InFlight
    follower: Follower
    projector: Views
    reads: Reads
    only_numbers: Collection[str] | None
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    usage_watch: UsageWatch | None = None
    divergence_watch: DivergenceWatch | None = None
    client: MiniVoiceClient | None = None
    arrivals: Arrivals = field(default_factory=Arrivals)
    webhook_url: str | None = None
    has_webhook_secret: bool = False
    operators: frozenset[str] = frozenset()
    account_limits: AccountLimits = AccountLimits()
    subscriptions: Subscriptions | None = None
    new_secret: Callable[[int], bytes] | None = None
    subscriber_troubles: Callable[[], Sequence[SubscriberTrouble]] = _no_subscriber_trouble
    needed_since: Callable[[str], datetime | None] = _not_known_before
    unresolved_told_above: int = 0
    dials_elsewhere: Callable[[], str | None] = lambda: None
    lookups: LookupClient | None = None
    signs_lookups: bool = False
    inbound_script: Script | None = None
    log_store: LogStore | None = None
    bundles: BundleMaker | None = None
    lookup_trouble: Callable[[str], LookupTrouble | None] = lambda _: None
    agents_trouble: Callable[[str], AgentsTrouble | None] = lambda _: None
    unsound: Callable[[], Unsound | None] = lambda: None
    dear_reads: AtOnce = field(default_factory=lambda: AtOnce(DEAR_READS_MAX, DEAR_READS))
    row_counts: RowCounts = field(default_factory=RowCounts)

    async def account_known(self) -> None:
        """Wait until it is known which account is behind the key, as at the very beginning it is not."""
        if self.in_flight.fingerprint is None:
            await self.fresh()

    async def fresh(self, seconds_max: float | None = None) -> None:
        """Wait until what is in flight has all that was on disk when this was asked; `NotReady` where that takes too long: by itself, FRESH_SECONDS_MAX."""
        wanted = self.ledger.position
        try:
            async with asyncio.timeout(FRESH_SECONDS_MAX if seconds_max is None else seconds_max):
                while self.in_flight.position < wanted or not self.follower.is_live:
                    await self.follower.moved(FRESH_SECONDS_MAX)
        except TimeoutError:
            raise NotReady(f"what is in flight is known up to position {self.in_flight.position} of {wanted}") from None
