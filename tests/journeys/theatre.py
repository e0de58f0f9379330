"""An installation and the sandbox over real HTTP, where something may come between the two."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any, TypeVar
from unittest.mock import patch

import httpx
from msgspec import Struct
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.application.dialer.stage import Stage

ResultT = TypeVar("ResultT")
# Long enough for a busy machine to answer in half of it.
DIGITS_WAIT_SECONDS = 1.5
SETTLED = frozenset({"reached", "not_reached", "failed", "canceled", "refused", "unresolved"})
PROMPT = "Press 1 to confirm, 2 for a person."
SCRIPT: dict[str, Any] = {
    "start": "hello",
    "on_missing_variable": "nameless",
    "steps": {
        "hello": {"actions": [{"say": "Hello {name}."}], "next": "menu"},
        "nameless": {"actions": [{"say": "Hello."}], "next": "menu"},
        "menu": {
            "gather": {"prompt": PROMPT, "num_digits": 1, "timeout_seconds": 5},
            "on": {"1": "confirmed", "2": "agent"},
            "no_input": "silent",
            "invalid": "menu",
            "timeout": "unheard",
            "tries_max": 2,
            "exhausted": "too_often",
        },
        "confirmed": {"actions": [{"say": "Thank you."}], "end": True},
        "agent": {"transfer": {"destination": "+15551230009"}, "otherwise": "nobody"},
        "nobody": {"actions": [{"say": "Nobody is free."}], "end": True},
        "silent": {"actions": [{"say": "You pressed nothing."}], "end": True},
        "unheard": {"actions": [{"say": "We call again."}], "end": True},
        "too_often": {"actions": [{"say": "Goodbye."}], "end": True},
    },
}
QUIET: dict[str, Any] = {
    "fetch_answers": True,
    "after_script": "hang_up",
    "answer_rate": 1.0,
    "busy_rate": 0.0,
    "canceled_rate": 0.0,
    "say_seconds_per_character": 0.0,
    "wait_factor": 0.001,
    "press": ("1",),
    "press_seconds": "0:0",
    "gather_report": "before",
    "gather_report_seconds": "0:0",
    "answer_timeout_seconds": 5.0,
    "answer_tries": 1,
    "answer_retry_seconds": 0.01,
    "transfer_fail_rate": 0.0,
    "go_on_rate": 0.0,
    "drop_rate": 0.0,
    "drop_events": (),
    "retry_seconds": 0.05,
    "recording_seconds": "0.05:0.05",
    "recording_failed_rate": 0.0,
    "ai_seconds": "0.05:0.05",
    "ai_missing_rate": 0.0,
    "wrong_direction_rate": 0.0,
}
"""A call on which nothing goes wrong: the caller presses 1."""


class Told(Struct, frozen=True, kw_only=True):
    """One call in the end: what its caller heard, how the sandbox says it ended, and what Dialtrail says of it."""

    heard: list[str]
    ending: str | None
    status: str
    phase: str
    outcome: str | None
    step: str | None
    entries: list[dict[str, Any]]

    def events(self, *names: str) -> list[str]:
        """The journey's entries of these names, each with what was remarkable in its detail."""
        shown = []
        for entry in self.entries:
            if entry["event"] in names:
                said = [entry["detail"].get(name) for name in ("step", "digits", "why", "kind", "result")]
                shown.append(" ".join(str(one) for one in (entry["event"], *said) if one))
        return shown

    def steps(self) -> list[str]:
        """The last step of each answer that was served, in order."""
        return [str(e["detail"].get("step")) for e in self.entries if e["event"] == "answer.served"]

    def state(self) -> tuple[str, str, str | None, str | None]:
        """The recipient's status, and the call's phase, outcome and step."""
        return (self.status, self.phase, self.outcome, self.step)


class Theatre:
    """The stage, and one loop for all tests of this file."""

    def __init__(self, runner: asyncio.Runner, played: Stage) -> None:
        self._runner = runner
        self._stage = played
        self._numbers = count(1)

    @property
    def stage(self) -> Stage:
        """The one that is played on."""
        return self._stage

    def run(self, scene: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Let the stage go on until the scene has ended."""
        return self._runner.run(scene)

    def call(self, /, *awaited: str, beside: Coroutine[Any, Any, None] | None = None, **given: Any) -> Told:
        """One call to somebody new, and all that came of it once these events are in the ledger too."""

        async def scene() -> Told:
            async with asyncio.TaskGroup() as both:
                told = both.create_task(self._call(awaited, **given))
                if beside is not None:
                    both.create_task(beside)
            return told.result()

        return self.run(scene())

    async def _call(
        self,
        awaited: tuple[str, ...],
        script: Mapping[str, Any] | None = SCRIPT,
        variables: Mapping[str, str] | None = None,
        record: bool = False,
        **settings: Any,
    ) -> Told:
        place = next(self._numbers)
        number, campaign_id = f"+1555300{place:04}", f"row_{place}"
        self._stage.sandbox.update(**{**QUIET, **settings})
        plan: dict[str, Any] = {"script": script, "variables": {"name": "Ada"}, "record": record}
        transport = httpx.ASGITransport(self._stage.parts.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            if variables is None:
                await self._stage.campaign([number], campaign_id, **plan)
            else:
                # Nobody is enrolled without what the script needs, but it may come to need more.
                plan |= {"script": None, "variables": variables}
                await self._stage.campaign([number], campaign_id, starts=False, **plan)
                revised = {"script": script, "reason": "it speaks now"}
                assert (await client.post(f"/v1/campaigns/{campaign_id}/revise", json=revised)).status_code == 200
                assert (await client.post(f"/v1/campaigns/{campaign_id}/start")).status_code == 200
            await self._stage.until(f"{campaign_id} is settled", lambda: self._is_settled(campaign_id))
            person = (await client.get(f"/v1/campaigns/{campaign_id}/recipients/{number}")).json()
            call_id = person["call_id"]
            await self._stage.until(f"{awaited} of {campaign_id}", lambda: self._has(call_id, awaited))
            timeline = (await client.get(f"/v1/calls/{call_id}/timeline")).json()
        done = [line for line in self._stage.sandbox.log.lines("action") if line["call_id"] == call_id]
        ends = [str(line["ending"]) for line in self._stage.sandbox.log.lines("script") if line["call_id"] == call_id]
        assert [line for line in self._stage.sandbox.log.lines("answer_invalid") if line["call_id"] == call_id] == []
        return Told(
            heard=[_heard(line) for line in done if line["action"] != "redirect"],
            ending=ends[0] if ends else None,
            status=person["status"],
            phase=timeline["state"]["phase"],
            outcome=timeline["state"]["outcome"],
            step=timeline["state"]["step"],
            entries=timeline["entries"],
        )

    def _is_settled(self, campaign_id: str) -> bool:
        counts = self._stage.counts(campaign_id)
        return bool(counts) and set(counts) <= SETTLED

    def _has(self, call_id: str, awaited: tuple[str, ...]) -> bool:
        found = [one.name for one in self._stage.parts.ledger.read_stream(f"call:{call_id}")]
        asked = [line for line in self._stage.sandbox.log.lines("fetch") if line["call_id"] == call_id]
        is_all_there = all(found.count(name) >= awaited.count(name) for name in awaited)
        return is_all_there and found.count("answer.served") >= len(asked)


def _heard(line: Mapping[str, Any]) -> str:
    fields = line["fields"]
    what = fields.get("text") or fields.get("prompt") or line["action"]
    return what if line["outcome"] == "done" else f"{what} ({line['outcome']})"


@contextmanager
def in_front_of(theatre: Theatre, name: str, around: "Around") -> Iterator[None]:
    """Let requests of one kind (`_answers`, `receiver`) pass through this first."""
    app = theatre.stage.parts.app
    inner = getattr(app, name)
    with patch.object(app, name, around.before(inner)):
        yield


class Around:
    """Does nothing to a request; others do."""

    def before(self, inner: ASGIApp) -> ASGIApp:
        """The application with this in front of it."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self.pass_on(inner, scope, receive, send)

        return app

    async def pass_on(self, inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        await inner(scope, receive, send)


class Slow(Around):
    """Keeps the first so many answers back until `seconds` have passed."""

    def __init__(self, seconds: float, requests: int) -> None:
        self._seconds = seconds
        self._left = requests

    async def pass_on(self, inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self._left -= 1
        is_slow = self._left >= 0

        async def later(message: Message) -> None:
            if is_slow and message["type"] == "http.response.start":
                await asyncio.sleep(self._seconds)
            await send(message)

        await inner(scope, receive, later)


class LostOnce(Around):
    """Stores the first delivery of this event, and then answers as if it had not."""

    def __init__(self, event: bytes) -> None:
        self._event = event
        self._is_lost = False

    async def pass_on(self, inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()

        async def again() -> Message:
            return message

        loses = self._event in message.get("body", b"") and not self._is_lost
        self._is_lost = self._is_lost or loses

        async def changed(message: Message) -> None:
            await send({**message, "status": 503} if loses and "status" in message else message)

        await inner(scope, again, changed)
