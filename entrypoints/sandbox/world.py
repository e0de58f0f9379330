"""Everything that one sandbox consists of, wired together once."""

from decimal import Decimal

from entrypoints.sandbox.announcer import Announcer
from entrypoints.sandbox.applications import Application
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.clock import Clock
from entrypoints.sandbox.courier import Courier
from entrypoints.sandbox.desk import Desk
from entrypoints.sandbox.exchange import Exchange
from entrypoints.sandbox.journal import Journal
from entrypoints.sandbox.neighbours import Neighbours
from entrypoints.sandbox.patience import Patience
from entrypoints.sandbox.refusals import refusal
from entrypoints.sandbox.ring_backs import RingBacks
from entrypoints.sandbox.script.fetching import Fetcher
from entrypoints.sandbox.script.performer import Performer
from entrypoints.sandbox.settings import Live, SandboxSettings
from entrypoints.sandbox.tally import Tally


class World:
    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self.live = Live(settings)
        self.clock = clock
        self.chance = Chance(settings.seed)
        self.patience = Patience()
        self.tally = Tally()
        self.journal = Journal(clock, settings.log_lines_max, settings.log)
        self.courier = Courier(self.live, clock, self.journal)
        self.announcer = Announcer(self.live, self.chance, clock, self.courier)
        self.fetcher = Fetcher(self.live, clock, self.journal)
        self.performer = Performer(self.live, self.chance, self.announcer, self.patience, self.fetcher, self.journal)
        self.exchange = Exchange(self.live, self.chance, clock, self.announcer, self.patience, self.performer)
        self.ring_backs = RingBacks(self.live, self.chance, self.exchange)
        self.desk = Desk(self.live, self.chance, clock, self.exchange, self.tally)
        self.applications = {
            key: Application(f"app_{nth}", f"cust_{nth}", settings.balance)
            for nth, key in enumerate(settings.api_keys, start=1)
        }
        self.neighbours = Neighbours(self.live, self.chance, self.exchange, tuple(self.applications.values()))

    def application_of(self, authorization: str | None) -> Application:
        """The application of a `Bearer` header. Raises RefusalError `unauthorized`."""
        scheme, _, key = (authorization or "").partition(" ")
        application = self.applications.get(key.strip()) if scheme.lower() == "bearer" else None
        if application is None or self.live.settings.revoke_keys:
            raise refusal("unauthorized")
        return application

    def update(self, changes: dict[str, object]) -> None:
        """Swap the settings; a new `balance` is set on every key. Raises pydantic.ValidationError."""
        self.live.settings = self.live.settings.changed(changes)
        if "balance" in changes:
            for application in self.applications.values():
                application.balance = self.live.settings.balance
        if "lose_responses" in changes:
            self.desk.faults.arm()
        if changes.keys() & {"foreign_calls_per_minute", "inbound_calls_per_minute"}:
            self.neighbours.wake()

    def add_balance(self, amount: Decimal, application_id: str | None = None) -> None:
        """To one application or to all, also a negative amount. Raises ValueError for none such, or an unlimited one."""
        chosen = [one for one in self.applications.values() if application_id in {None, one.id}]
        if not chosen or any(application.balance is None for application in chosen):
            raise ValueError("no such application, or its balance is unlimited: first `sandbox-set --balance 25.00`")
        for application in chosen:
            application.balance = (application.balance or Decimal(0)) + amount

    def start(self) -> None:
        self.courier.start()
        self.fetcher.start()
        self.neighbours.start()

    def release(self) -> None:
        """Let every held answer go, before the server waits for its connections."""
        self.patience.end()

    async def stop(self) -> None:
        self.ring_backs.stop()
        self.exchange.stop()
        await self.neighbours.stop()
        try:
            await self.performer.stop()
        finally:
            await self.fetcher.stop()
            await self.courier.stop()
            self.journal.close()
