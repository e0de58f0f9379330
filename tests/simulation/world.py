"""One world: a plan played to its end, in one thread, on virtual time.

Real: Dialtrail (`process`), its API, its files and its SQLite. Model: time, chance, wires, the provider, the people and the
subscriber. Two runs of one plan are the same byte for byte.
"""

import asyncio
import gc
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import httpcore._async.http11
import structlog
from msgspec import Struct, field

from adapters import outgoing
from entrypoints import wiring
from entrypoints.http import readers
from entrypoints.process import GC_THRESHOLDS
from tests.simulation.asking import answers
from tests.simulation.courier import Courier
from tests.simulation.faults import Faults
from tests.simulation.invariants import broken_rules, dear_rules
from tests.simulation.journal import Journal
from tests.simulation.lease import LOST_SECONDS_MAX, ModelLease
from tests.simulation.loop import VirtualLoop
from tests.simulation.machine import Machine
from tests.simulation.people import People
from tests.simulation.phone import Phone
from tests.simulation.plan import Act, Plan
from tests.simulation.process import ANSWER_TOKEN, HOST, PORT, PROVIDER_PORT, SECRET
from tests.simulation.provider import Provider
from tests.simulation.subscriber import Subscriber
from tests.simulation.watch import Watch
from tests.simulation.wires import Network

SUBSCRIBER_PORT = 9100
SUBSCRIPTION_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
QUIET_SECONDS = 2 * 3_600.0
"""How long all is well before it is looked at what stands still: longer than a slot is held, and than a lookup is put off."""
RESUMED_EVERY_SECONDS = 7_200.0
SNAPSHOTS_MAX = 5
DEAR_LOOKS_SHARE = 0.2
"""Of the looks at what goes on: in so many all lists are compared with folds, and all that was answered before asked again."""
MISTAKES = ("error", "exception", "critical")


class Played(Struct, kw_only=True):
    """What became of a world. `broken` says which invariants did not hold."""

    seed: int
    journal: str = ""
    feed: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    """What was said of calls and people when all was over."""
    feeds_before_restore: list[list[dict[str, Any]]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    snapshots: list[tuple[int, list[dict[str, Any]]]] = field(default_factory=list)
    """What was answered about all recipients, and the position of the ledger by which it was."""
    requests: int = 0
    commits: int = 0
    kills: int = 0


class World:
    """All parts of it, put together."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.loop = loop = VirtualLoop(Random(f"{plan.seed} threads"))
        self.machine = Machine(loop, Random(f"{plan.seed} machine"), plan.began)
        self.journal = Journal(self.machine.true_now)
        self.network = Network(loop, Random(f"{plan.seed} wires"))
        self.courier = Courier(
            loop,
            Random(f"{plan.seed} courier"),
            plan.habits,
            self.journal,
            self.network,
            (HOST, PORT),
            SECRET,
            self.machine.true_now,
        )
        self.provider = Provider(loop, Random(f"{plan.seed} provider"), plan.habits, self.journal, self.courier)
        if plan.script is not None:
            self.provider.phone = self._phone()
        habits, chance = plan.habits, Random(f"{plan.seed} subscriber")
        self.subscriber = Subscriber(loop, chance, self.journal, habits.refuses, habits.listens_slowly)
        self.lease = ModelLease(self.journal)
        self.people = People(plan, loop, self.network)
        self.faults = Faults(self.journal, loop, self.network, self.machine, folder, Random(f"{plan.seed} faults"))
        self.provider.came = self.faults.request_came
        self.played = Played(seed=plan.seed)
        self.watch = Watch(self)
        self.journal.heard = self.watch.look
        self.dear_looks = 0
        self._instants = Random(f"{plan.seed} instants")

    def _phone(self) -> Phone:
        phone = Phone(self.loop, Random(f"{self.plan.seed} phone"), self.journal, self.network)
        phone.place, phone.path = (HOST, PORT), f"/answer/{ANSWER_TOKEN}"
        return phone

    async def play(self) -> Played:
        """The whole day, and what is left to be done after it."""
        self.network.listen(HOST, PROVIDER_PORT, self.provider.connection)
        self.network.listen(HOST, SUBSCRIBER_PORT, self.subscriber.connection)
        self.faults.start()
        begun = self.loop.create_task(self.people.begin(f"http://{HOST}:{SUBSCRIBER_PORT}/told", SUBSCRIPTION_SECRET))
        acting = [self.loop.create_task(self._later(act, self.people.act)) for act in self.plan.acts]
        failing = [self.loop.create_task(self._later(act, self._fail)) for act in self.plan.faults]
        strays = self._strays()
        await begun
        while self.loop.time() < self.plan.seconds:
            await self.people.sleep(min(RESUMED_EVERY_SECONDS, self.plan.seconds - self.loop.time()))
            await self._look_after()
        await asyncio.gather(*acting, *failing, *strays)
        await self._end()
        return self.played

    async def _later(self, act: Act, do: Callable[[Act], Any]) -> None:
        await self.people.sleep(act.at)
        await do(act)

    async def _fail(self, act: Act) -> None:
        if act.what == "restore" and act.value > 0.3:
            self.played.feeds_before_restore.append(await self.people.feed())
        if act.what == "lease":
            self.lease.lose()
            await self.people.sleep(act.value * LOST_SECONDS_MAX)
            self.lease.take()
            return
        await self.faults.act(act)

    def _strays(self) -> list["asyncio.Task[None]"]:
        """Others ring in, or are called by others, on the same account."""
        chance = Random(f"{self.plan.seed} strays")

        async def ring(act: Act) -> None:
            number, _ = self.plan.people[int(act.value * len(self.plan.people))]
            self.provider.ring_in(number, "+12125550100")

        count = round(self.plan.habits.foreign * 20)
        acts = [Act(at=chance.uniform(0, 2_000), what="ring", value=chance.random()) for _ in range(count)]
        return [self.loop.create_task(self._later(act, ring)) for act in acts]

    async def _look_after(self) -> None:
        """Somebody looks after it now and then: what paused by itself goes on."""
        try:
            campaign = await self.people.ask("GET", "/v1/campaigns/spring")
            if len(self.played.snapshots) < SNAPSHOTS_MAX:
                await self._take_snapshot()
            if self._instants.random() < DEAR_LOOKS_SHARE:
                await self._look_dearly()
            if campaign["state"] == "paused" and campaign["pause"]["cause"] != "operator":
                await self.people.resume()
        except Exception as refused:  # noqa: BLE001 - it is looked at again
            self.played.refused.append(f"{type(refused).__name__}: {refused}")

    async def _take_snapshot(self) -> None:
        """Only where the views were at the ledger's end both before and after it."""
        system = self.faults.process.system
        if system is None:
            return
        position = system.ledger.position
        found = await self.people.recipients()
        if self.faults.process.system is system and system.projector.position == system.ledger.position == position:
            self.played.snapshots.append((position, found))

    async def _look_dearly(self) -> None:
        """Where something was recorded meanwhile, or it is another process, it says nothing."""
        system = self.faults.process.system
        if system is None:
            return
        position, at = system.ledger.position, self.loop.time()
        found = await dear_rules(self)
        if self.faults.process.system is system and system.projector.position == system.ledger.position == position:
            self.dear_looks += 1
            self.played.broken += [f"after {at:.0f} s: {one}" for one in found]

    async def _end(self) -> None:
        """The faults are over; whatever is owed comes, and then nothing may be open."""
        await self.faults.over()
        self.provider.stop_faults()
        self.subscriber.fails = self.subscriber.slow = 0.0
        await self.people.sleep(QUIET_SECONDS / 2)
        await self._look_after()
        await self.people.sleep(QUIET_SECONDS / 2)
        self.played.feed = await self.people.feed()
        self.played.answers = await answers(self.people, self.played.feed)
        self.watch.end()
        self.played.broken += self.watch.broken
        self.played.broken += await broken_rules(self)
        self.played.broken += self.loop.mistakes
        await self.faults.stop()


class LoopThreads:
    """Stands for the pool of the one part that gives its threads work without the loop."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def submit(self, work: Callable[..., Any], *given: Any) -> None:
        """As work for a thread is done here."""
        asyncio.get_running_loop().run_in_executor(None, work, *given)


def play(plan: Plan, folder: Path) -> Played:
    """Play a plan in an empty folder."""
    with _told_by_the_log() as warnings, ExitStack() as patched:
        world = World(plan, folder)
        # The one clock that nobody lets in from outside: by it httpcore tells whether a connection is too old to be used again.
        library_time = SimpleNamespace(monotonic=world.loop.time)
        patched.enter_context(patch.object(httpcore._async.http11, "time", library_time))
        patched.enter_context(patch.object(wiring, "owned_database", world.lease.owned))
        patched.enter_context(patch.object(readers, "ThreadPoolExecutor", LoopThreads))
        # There is no TLS here, and to read all authorities again costs each start a tenth of a day.
        patched.enter_context(patch.object(outgoing, "_trusting", _trusting))
        patched.enter_context(world.faults.connections.noted())
        patched.enter_context(_garbage_looked_for_seldom())
        asyncio.set_event_loop(world.loop)
        try:
            played = world.loop.run_until_complete(world.play())
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            played = world.played
            played.broken.append(f"the world ended: {type(error).__name__}: {error}")
        finally:
            asyncio.set_event_loop(None)
            world.network.close()
    played.journal = world.journal.text()
    played.requests = sum(line["what"] == "request" for line in world.journal.lines)
    played.commits, played.kills = world.faults.commits, world.faults.kills
    played.refused += world.people.refused
    played.broken += warnings
    _forget(world)
    return played


@cache
def _trusting() -> ssl.SSLContext:
    """What no wire of the world ever asks."""
    return ssl.create_default_context()


@contextmanager
def _garbage_looked_for_seldom() -> Iterator[None]:
    """As in a process of Dialtrail's."""
    before = gc.get_threshold()
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _told_by_the_log() -> Iterator[list[str]]:
    """What Dialtrail warns of; nothing of it is printed."""
    told: list[str] = []

    def take(_: object, method: str, noted: Any) -> Any:
        if method in MISTAKES or "mistake" in str(noted) or "inside Dialtrail" in str(noted):
            trace = str(noted.pop("exception", "")).strip().splitlines()
            told.append(f"{noted} {trace[-3:]}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, take],
        wrapper_class=structlog.make_filtering_bound_logger(30),
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    try:
        yield told
    finally:
        structlog.configure(**before)


def _forget(world: World) -> None:
    """Tasks of killed processes end here, and what they do on their way out is nobody's concern."""
    world.loop.set_exception_handler(lambda *_: None)
    if world.faults.kills:
        world.faults.forget()
        before, sys.unraisablehook = sys.unraisablehook, lambda _: None
        gc.collect()
        sys.unraisablehook = before
    world.loop.close()
