"""Places the calls: settles what an earlier process left, then lets the scheduler look again and again."""

import asyncio
from collections.abc import Callable, Mapping

import structlog
from msgspec.structs import replace

from adapters.ledger import Ledger
from adapters.minivoice_client import MiniVoiceClient
from adapters.sending_marks import LastCommit, MarksHeader, Witness, open_marks, read_witness
from application.commands.account import begin_with
from application.dialer.attempts import Attempts
from application.dialer.canary import Canaries
from application.dialer.completion import Completion
from application.dialer.config import DialerConfig, only_if_sound
from application.dialer.due import Due
from application.dialer.gates import Gates
from application.dialer.guards import Guards
from application.dialer.looked_up import DueLookedUp
from application.dialer.looking_up import LookingUp
from application.dialer.lookup_brake import LookupTrouble
from application.dialer.occupied import Occupied
from application.dialer.pausing import Pausing
from application.dialer.restored import RestoredGuard
from application.dialer.scheduler import TICK_SECONDS_MAX, Scheduler
from application.dialer.settling import settle
from application.dialer.tasks import Tasks
from application.dialer.wished import WishedCalls
from application.views import Views
from application.views.reads import Reads
from application.views.wished import wished_now
from domain.errors import LedgerError
from projections.follow import Follower
from projections.in_flight import InFlight

SETTLE_RETRY_SECONDS = 0.5
STOP_MARGIN_SECONDS = 5.0

log = structlog.get_logger("dialtrail.dialer")

NOT_BEGUN = "it has not begun"


class Dialer:
    """One per installation. `run` until `stop`; `stop` returns when every request that left has its outcome on disk."""

    part = "dialer"

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        follower: Follower,
        projector: Views,
        reads: Reads,
        client: MiniVoiceClient,
        config: DialerConfig,
    ) -> None:
        self._ledger = ledger
        self._in_flight = in_flight
        self._follower = follower
        self._reads = reads
        self._config = config = only_if_sound(config)
        self._epoch = config.new_id()
        self._guard = RestoredGuard(ledger, config, self._metadata("recovery"))
        self._tasks = Tasks()
        self._stopping = asyncio.Event()
        self._trouble: str | None = NOT_BEGUN
        self._settled_takes = 0
        self._occupied = Occupied(config.monotonic)
        self._gates = Gates(
            in_flight,
            config.account_limits,
            config.clock,
            config.monotonic,
            config.chance,
            lambda: ledger.clocks(config.clock()).ledger if self._is_one_of_several else config.clock(),
        )
        self._pausing = Pausing(ledger, self._occupied, config, self._metadata("dialer"), self._tasks.spawn)
        self._due = self._make_due(projector)
        self._attempts = self._make_attempts(client)
        self._scheduler = self._make_scheduler(projector)

    def _make_attempts(self, client: MiniVoiceClient) -> Attempts:
        return Attempts(
            self._ledger,
            self._in_flight,
            self._follower,
            client,
            replace(self._config, ownership=replace(self._config.ownership, trouble=self._not_owned)),
            gates=self._gates,
            occupied=self._occupied,
            pausing=self._pausing,
            epoch=self._epoch,
            stopping=self._stopping,
            told=self._due.told,
        )

    def _make_due(self, projector: Views) -> DueLookedUp:
        config, ledger, in_flight = self._config, self._ledger, self._in_flight
        due = Due(
            lambda campaign_id, after, rows_max: self._reads.due(campaign_id, config.clock(), after, rows_max),
            lambda: projector.position,
            config.clock,
            config.monotonic,
            self._tasks.spawn,
            self._follower.wake,
            self._make_wished(),
        )
        looking_up = LookingUp(ledger, in_flight, config.lookups, config, self._metadata("dialer"))
        return DueLookedUp(
            due,
            looking_up,
            in_flight,
            self._occupied,
            config,
            lambda: ledger.position,
            self._tasks.spawn,
            self._follower.wake,
        )

    def _make_scheduler(self, projector: Views) -> Scheduler:
        config, canaries, metadata = self._config, Canaries(self._in_flight), self._metadata("dialer")
        return Scheduler(
            self._ledger,
            self._in_flight,
            self._follower,
            config,
            due=self._due,
            gates=self._gates,
            guards=Guards(
                self._in_flight, self._pausing.by_rule, self._pausing.caller, config.usage_told_at, config.clock
            ),
            canaries=canaries,
            occupied=self._occupied,
            attempts=self._attempts,
            completion=Completion(
                self._ledger,
                self._in_flight,
                self._reads,
                lambda: projector.position,
                config,
                canaries=canaries,
                occupied=self._occupied,
                pausing=self._pausing,
                metadata=metadata,
                spawn=self._tasks.spawn,
            ),
            metadata=metadata,
            spawn=self._tasks.spawn,
        )

    def _make_wished(self) -> WishedCalls:
        return WishedCalls(
            lambda campaign_id, rows_max: wished_now(self._reads, campaign_id, self._config.clock(), rows_max),
            self._config.monotonic,
            self._tasks.spawn,
            self._follower.wake,
        )

    def lookup_trouble(self, campaign_id: str) -> LookupTrouble | None:
        """What is wrong with a campaign's lookup; None where nothing is, or it has none."""
        return self._due.trouble_of(campaign_id)

    @property
    def trouble(self) -> str | None:
        """What keeps it from its work; None where nothing does, or where another process dials and this one stands by."""
        if self._attempts.trouble is None and self.standing_by is not None:
            return None
        not_ours = self._config.ownership.trouble() if self._gates.marks is None else self._not_owned()
        return self._attempts.trouble or not_ours or self._trouble

    @property
    def standing_by(self) -> str | None:
        """Which other process dials."""
        return self._config.ownership.standing_by()

    @property
    def _is_one_of_several(self) -> bool:
        """Whether another process may dial while this one does not."""
        return self._config.ownership.epoch() is not None

    def stand_by_while(self, _: Callable[[], bool]) -> None:
        """It asks its ownership, which says more."""

    async def run(self) -> None:
        """Once nobody else dials: settle what an earlier process left, then dial until stopped."""
        await self._follower.wait_live()
        await self._config.soundness.look_first()
        while not self._stopping.is_set() and not await self._has_begun():
            await self._follower.moved(SETTLE_RETRY_SECONDS)
        while not self._stopping.is_set():
            try:
                await self._look_after_ownership()
                wait = self._scheduler.tick(self._config.monotonic())
                self._trouble = None
            except Exception as error:  # a mistake in here must not end the receiver beside it
                log.exception("looking for whom to call failed")
                self._trouble = f"looking for whom to call failed ({type(error).__name__})"
                wait = TICK_SECONDS_MAX
            await self._follower.moved(wait)

    async def stop(self) -> None:
        """Start nothing more, and wait for the answers to what was sent."""
        self._stopping.set()
        await self._tasks.end(self._config.answer_timeout_seconds + STOP_MARGIN_SECONDS)
        if self._gates.marks is not None:
            self._gates.marks.close()
        self._guard.close()

    async def _has_begun(self) -> bool:
        """Whether this process may dial, and what an earlier one left is settled."""
        takes = self._config.ownership.takes()
        if self._config.ownership.trouble() is not None:
            return False
        try:
            await self._guard.look()
            await self._learn()
            await self._settle_left_behind()
        except (LedgerError, OSError) as error:
            self._trouble = f"what an earlier process left could not be settled: {error}"
            return False
        if self._is_ours_since(takes):
            self._settled_takes = takes
        return True

    async def _learn(self) -> None:
        """Know what another process did while it dialled: all that it begins no more once this is written comes before it."""
        if self._is_one_of_several:
            await self._ledger.execute(lambda _: None, lane="answers", metadata=self._metadata("recovery"))
        await self._begin_with_account()
        if self._is_one_of_several:
            await self._follower.start()
            await self._follower.wait_live()

    async def _look_after_ownership(self) -> None:
        """Where another process may have dialled and this one does again, learn what another process did, and settle what it left.

        Lost once more meanwhile, it is done again: what was learnt may be too little.
        """
        takes = self._config.ownership.takes()
        if not self._is_ours_since(takes):
            return
        await self._guard.keep()
        if takes == self._settled_takes:
            return
        await self._learn()
        if not self._is_ours_since(takes):
            return
        marks = self._gates.account.marks
        others = {i: stream for i, stream in self._in_flight.attempts.started.items() if not marks.has(i)}
        await self._settle(others, Witness(doubt="another process dialled meanwhile"))
        self._gates.others_sent_until(self._config.monotonic())
        self._settled_takes = takes

    def _is_ours_since(self, takes: int) -> bool:
        ownership = self._config.ownership
        return ownership.trouble() is None and ownership.takes() == takes

    def _not_owned(self) -> str | None:
        """Why nothing may be sent: this process does not dial, or does, and what was done before is not settled yet."""
        ownership = self._config.ownership
        has_begun = self._settled_takes > 0
        meanwhile = (
            "what another process did while it dialled is not settled yet"
            if has_begun
            else (self._trouble or NOT_BEGUN)
        )
        return ownership.trouble() or (meanwhile if ownership.takes() != self._settled_takes else None)

    async def _settle_left_behind(self) -> None:
        about = await asyncio.to_thread(self._marks_are_about)
        witness = await asyncio.to_thread(
            read_witness, self._config.marks, about, lambda high: self._ledger.has_event(high.position, high.event_id)
        )
        await self._settle(self._in_flight.attempts.started, witness)
        high_water = LastCommit(*await asyncio.to_thread(self._ledger.last_event))
        marks = self._gates.marks = open_marks(self._config.marks, about, high_water)
        self._ledger.add_listener(lambda commit: marks.raise_to(commit[-1].position, commit[-1].event_id))

    async def _settle(self, started: Mapping[str, str], witness: Witness) -> None:
        await settle(self._ledger, started, witness, self._metadata("recovery"))

    def _marks_are_about(self) -> MarksHeader:
        return MarksHeader(boot_id=self._config.boot_id, ledger=self._ledger.identity(), epoch=self._epoch)

    async def _begin_with_account(self) -> None:
        """A pause of the account outlives the key: only an operator's resume, or a policy's probe, ends it."""
        decide = begin_with(self._config.fingerprint)
        done = await self._ledger.execute(decide, lane="answers", metadata=self._metadata("recovery"))
        if done.result:
            log.warning("the account behind the earlier key is paused, and so this one begins paused")

    def _metadata(self, actor: str) -> dict[str, str]:
        return {"actor": actor, "epoch": self._epoch}
