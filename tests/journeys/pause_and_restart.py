"""A campaign that is paused, killed, revised and added to in any order, and what must hold of it whatever the order was.

As `test_pause_and_restart.py` plays it in this process, and `scripts/proofs/pause_and_restart.py` with real ones.
"""

import asyncio
import random  # noqa: TID251 - the sequences, from a seed
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import httpx
from msgspec import Struct

from adapters.ledger import open_sqlite_ledger
from domain.events import Recorded
from entrypoints.process import new_id, utc_now
from tests.journeys.judged_afterwards import Provider, faults_of_calls, faults_of_people

PEOPLE_MAX = 12
FIRST_IMPORTED = 6
STEPS_MIN = 4
STEPS_MAX = 14
WAIT_MS_MAX = 250
CANCELED_SHARE = 0.1
LOOK_SECONDS = 0.05
LOOKS_MAX = 2_400
WAITING = ("queued", "held", "dialing", "in_progress")
RETRY = {outcome: {"after_seconds": 0} for outcome in ("not_reached", "failed", "canceled", "originate_failed")}
OPEN = {"every_day": ["00:00-24:00"]}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Everything that a provider does to us in a bad hour, but for a second call of its own making: that one is not ours to prevent.
SANDBOX = {
    "answer_rate": 0.4,
    "ring_seconds": "0.01:0.08",
    "talk_seconds": "0.01:0.08",
    "gather_rate": 0.0,
    "duplicate_rate": 0.1,
    "shuffle_rate": 0.2,
    "shuffle_seconds": 0.1,
    "retry_seconds": 0.1,
    "retry_max_seconds": 0.3,
    "lost_response_rate": 0.05,
    "error_502_rate": 0.05,
    "error_call_exists_rate": 0.0,
    "refuse_429_rate": 0.03,
    "slow_rate": 0.2,
    "slow_seconds": "0.02:0.1",
    "echo_metadata": "both",
}
ENVIRON = {"DIALTRAIL_RECONCILE_AFTER_SECONDS": "0.5", "DIALTRAIL_API_REQUESTS_PER_SECOND": "0"}

Kind = Literal[
    "pause", "resume", "kill", "limits", "close_hours", "open_hours", "attempts", "import", "suppress", "release"
]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Step(Struct, frozen=True):
    """One thing that is done to it after `wait_ms`; `value` is a limit, a number of attempts, or a person's."""

    kind: Kind
    value: int = 0
    wait_ms: int = 0


class World(Protocol):
    """Dialtrail on one data folder beside a sandbox, to be started, killed and started again."""

    home: Path
    url: str
    sandbox_url: str

    async def start(self) -> None:
        """Start it, and return when it answers."""

    async def kill(self) -> None:
        """End it as it stands, with nothing settled."""

    async def stop(self) -> None:
        """End it in peace."""


class Story(Struct, frozen=True, kw_only=True):
    """What was left in the end: the campaign's state, everybody's item, the ledger, and what the provider saw."""

    state: str
    people: Sequence[Mapping[str, Any]]
    enrolled: int
    events: Sequence[Recorded]
    provider: Provider


def drawn(seed: int) -> tuple[list[Step], bool]:
    """What is done in the sequence of this number, and whether the campaign is canceled in the end."""
    chance = random.Random(seed)
    steps = [
        Step(chance.choice(KINDS), chance.randrange(PEOPLE_MAX), chance.randrange(WAIT_MS_MAX))
        for _ in range(chance.randint(STEPS_MIN, STEPS_MAX))
    ]
    return steps, chance.random() < CANCELED_SHARE


async def play(world: World, steps: Iterable[Step], *, canceled: bool = False) -> Story:
    """Do all that, then what an operator does to bring it to its end; `canceled` ends it at once instead."""
    await world.start()
    async with httpx.AsyncClient(trust_env=False, timeout=30, limits=httpx.Limits(max_keepalive_connections=0)) as http:
        at = _Operator(http, world)
        await at.create()
        for step in steps:
            await asyncio.sleep(step.wait_ms / 1_000)
            await at.do(step)
        await at.bring_to_its_end(canceled=canceled)
        state, people = await at.look()
        arrived = (await http.get(world.sandbox_url + "/_sandbox/log?kind=arrived")).json()
        calls = (await http.get(world.sandbox_url + "/_sandbox/calls")).json()
    await world.stop()
    return Story(
        state=state,
        people=people,
        enrolled=len(at.enrolled),
        events=_events(world.home),
        provider=Provider(
            posts=[line for line in arrived if line["method"] == "POST" and line["path"] == "/v1/calls"], calls=calls
        ),
    )


def faults_of(story: Story, *, canceled: bool = False) -> list[str]:
    """Which promises such a story has broken."""
    faults = [*faults_of_calls(story.events, story.provider), *faults_of_people(story.events, is_over=canceled)]
    if len(story.people) != story.enrolled:
        faults.append(f"{story.enrolled} are enrolled, {len(story.people)} are listed")
    faults += [f"{item['number']} waits: {item['status']}" for item in story.people if item["status"] in WAITING]
    unresolved = [item for item in story.people if item["status"] == "unresolved"]
    faults += [f"{item['number']} is unresolved and nothing says why" for item in unresolved if not item["reason"]]
    expected = {"canceled"} if canceled else {"completed"} if not unresolved else {"running", "completed"}
    if story.state not in expected and not (canceled and story.state == "completed"):
        faults.append(f"the campaign is {story.state}")
    return faults


class _Operator:
    """Whoever gives the commands; each is given once, and again only where the server was not there to hear it."""

    def __init__(self, http: httpx.AsyncClient, world: World) -> None:
        self._http = http
        self._world = world
        self._policy: dict[str, Any] = {
            "attempts_max": 2,
            "retry": RETRY,
            "answer_grace_seconds": 0,
            "default_zone": "Etc/UTC",
            "hours": OPEN,
        }
        self.enrolled: set[str] = set()

    async def create(self) -> None:
        """A running campaign with some people in it."""
        limits = {"calls_per_second": 30, "calls_at_once": 5}
        plan = {"id": "spring", "from": "+15551230001", "limits": limits, "policy": self._policy}
        await self._ask("POST", "/v1/campaigns", plan)
        await self._enroll(0, FIRST_IMPORTED)
        await self._ask("POST", "/v1/campaigns/spring/start")

    async def do(self, step: Step) -> None:
        """One step; what comes too late for a campaign that has ended is refused, and changes nothing."""
        match step.kind:
            case "pause" | "resume":
                await self._ask("POST", f"/v1/campaigns/spring/{step.kind}")
            case "kill":
                await self._world.kill()
                await self._world.start()
            case "limits":
                await self._revise(limits={"calls_per_second": 5 + step.value, "calls_at_once": 1 + step.value})
            case "close_hours":
                another_day = DAYS[(utc_now().weekday() + 3) % len(DAYS)]
                await self._revise(hours={another_day: ["09:00-10:00"]})
            case "open_hours":
                await self._revise(hours=OPEN)
            case "attempts":
                await self._revise(attempts_max=1 + step.value % 3)
            case "import":
                await self._enroll(step.value, step.value + 4)
            case "suppress":
                await self._ask("POST", "/v1/suppressions", {"number": _number(step.value), "source": "test"})
            case "release":
                await self._ask("DELETE", f"/v1/suppressions/{_number(step.value)}")

    async def bring_to_its_end(self, *, canceled: bool) -> None:
        """Hours open, no pause, and wait until everybody is settled or explained."""
        if canceled:
            await self._ask("POST", "/v1/campaigns/spring/cancel")
        else:
            await self._revise(hours=OPEN, limits={"calls_per_second": 60, "calls_at_once": 20})
            await self._ask("POST", "/v1/campaigns/spring/resume")
        for _ in range(LOOKS_MAX):  # what is left then is told by `faults_of`
            if await self._is_settled():
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> tuple[str, list[dict[str, Any]]]:
        """The campaign's state, and everybody's item."""
        state = (await self._ask("GET", "/v1/campaigns/spring")).json()["state"]
        return state, (await self._ask("GET", "/v1/campaigns/spring/recipients?limit=1000")).json()["items"]

    async def _is_settled(self) -> bool:
        found = (await self._ask("GET", "/v1/campaigns/spring")).json()
        counts = found["recipients"]
        if counts is None or any(counts[status] for status in WAITING):
            return False
        if not counts["unresolved"]:
            return found["state"] in {"completed", "canceled"}
        unresolved = (await self._ask("GET", "/v1/attempts?limit=1000")).json()["items"]
        calls = (await self._http.get(self._world.sandbox_url + "/_sandbox/calls")).json()
        # Those of whom the provider knows will be matched.
        return not {one["attempt_id"] for one in unresolved} & {call["metadata"].get("attempt_id") for call in calls}

    async def _enroll(self, first: int, end: int) -> None:
        numbers = [_number(n) for n in range(first, min(end, PEOPLE_MAX))]
        answer = await self._ask(
            "POST", "/v1/campaigns/spring/recipients", {"recipients": [{"number": number} for number in numbers]}
        )
        if answer.is_success:
            self.enrolled.update(numbers)

    async def _revise(self, *, limits: Mapping[str, int] | None = None, **policy: Any) -> None:
        self._policy = {**self._policy, **policy}
        change = {"reason": "as the test says", "policy": self._policy}
        await self._ask(
            "POST", "/v1/campaigns/spring/revise", change if limits is None else {**change, "limits": limits}
        )

    async def _ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        answer = await self._http.request(method, self._world.url + path, json=body)
        assert answer.is_success or answer.status_code == httpx.codes.CONFLICT, (path, answer.status_code, answer.text)
        return answer


def _number(person: int) -> str:
    return f"+1555200{person % PEOPLE_MAX:04}"


def _events(home: Path) -> list[Recorded]:
    ledger = open_sqlite_ledger(home, clock=utc_now, new_event_id=new_id, new_key=lambda _: b"")
    try:
        return list(ledger.replay())
    finally:
        ledger.close()
