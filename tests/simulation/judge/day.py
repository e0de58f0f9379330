"""A day, read: eras between restores, each with the feed that held then, its requests, attempts, people and plans."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.simulation.judge.calls import CallSeen, call_seen
from tests.simulation.judge.lines import FEED, ROOM, ROOM_WITHOUT_LEAVING, Line, Told, instant, read_feed, read_provider
from tests.simulation.judge.person import person_of

CALLS = "/v1/calls"
SETTLED = frozenset({"attempt.accepted", "attempt.refused", "attempt.abandoned", "attempt.resolved"})


@dataclass(frozen=True)
class Request:
    """A request to place a call that came whole. `left_at` is the true time at which it left, `machine_at` Dialtrail's own then."""

    line: Line
    left_at: datetime
    machine_at: datetime
    room: timedelta

    @property
    def came_at(self) -> datetime:
        """What Dialtrail's clock said when it came."""
        return self.line.at + (self.machine_at - self.left_at)

    @property
    def body(self) -> Mapping[str, Any]:
        """What it said."""
        body = self.line.value.get("body")
        return body if isinstance(body, dict) else {}

    @property
    def attempt_id(self) -> str:
        """Whose attempt's it is, by its metadata."""
        return str((self.body.get("metadata") or {}).get("attempt_id") or "")

    @property
    def status(self) -> int | None:
        """What was answered; None where no answer came through."""
        return None if self.line.value.get("answer_lost") else self.line.value.get("status")

    @property
    def call_id(self) -> str | None:
        """The call that truly is there because of it; None where there is none."""
        return self.line.value.get("call_id")

    @property
    def place(self) -> str:
        """Where it stands."""
        return self.line.place


@dataclass
class Attempt:
    """An attempt as a feed has it: what was told of it since it was started, in order."""

    started: Told
    words: list[Told] = field(default_factory=list)

    @property
    def attempt_id(self) -> str:
        """Its id."""
        return self.started.attempt_id

    def last_word(self, before: int | None = None) -> Told:
        """What was told of it last, before a position."""
        told = [one for one in self.words if before is None or one.position < before]
        return told[-1] if told else self.started

    def call_id(self, before: int | None = None) -> str | None:
        """The call that counts as its own."""
        ids = [one.body.get("call_id") for one in self.words if before is None or one.position < before]
        return next((str(one) for one in reversed(ids) if one), None)

    def counts(self, before: int | None = None) -> bool:
        """Whether it uses up one of the person's attempts."""
        last = self.last_word(before)
        if last.name == "attempt.resolved" and last.body.get("call_id") is None:
            return not last.body.get("redial")
        return last.name != "attempt.abandoned" and bool(last.body.get("counts", True))


class Era:
    """What was between two restores: the feed that held, and the lines of the provider's log."""

    def __init__(self, events: list[Told], lines: list[Line], requests: list[Request], began_after: int) -> None:
        self.events = events
        self.lines = lines
        self.requests = requests
        self.began_after = began_after
        self.streams: dict[str, list[Told]] = defaultdict(list)
        self.attempts: dict[str, Attempt] = {}
        for one in events:
            self.streams[one.stream].append(one)
            if one.name == "attempt.started":
                self.attempts[one.attempt_id] = Attempt(one)
            elif one.name.startswith("attempt.") and one.attempt_id in self.attempts:
                self.attempts[one.attempt_id].words.append(one)
        self._person: dict[str, str] = {}
        self._spelled: dict[str, list[str]] = defaultdict(list)
        for stream, told in self.streams.items():
            number = next((one.body["number"] for one in told if one.body.get("number")), None)
            if stream.startswith("recipient:") and number is not None:
                self._person[stream] = person_of(number)
                self._spelled[person_of(number)].append(stream)
        self.of_person: dict[str, list[Attempt]] = defaultdict(list)
        for attempt in self.attempts.values():
            self.of_person[self.person(attempt.started.stream)].append(attempt)
        self.acknowledged = [one for one in events if one.body.get("acknowledged_position")]

    def person(self, stream: str) -> str:
        """Whose stream it is: the same of all spellings of a number."""
        return self._person.get(stream, stream)

    def of_streams(self, stream: str) -> list[Told]:
        """What was told of a person, in all spellings, in order."""
        streams = self._spelled.get(self.person(stream)) or [stream]
        return sorted((one for own in streams for one in self.streams.get(own, ())), key=lambda one: one.position)

    def sent(self) -> Iterator[tuple[Request, Attempt]]:
        """Each request whose attempt the feed has, with it."""
        for request in self.requests:
            attempt = self.attempts.get(request.attempt_id)
            if attempt is not None:
                yield request, attempt

    def known_to(self, request: Request, attempt: Attempt, stream: str) -> list[Told]:
        """What a stream said, as far as it certainly was known when a request left."""
        return self._known(request, attempt, self.streams.get(stream, []))

    def known_of_person(self, request: Request, attempt: Attempt) -> list[Told]:
        """The same of all streams of the person whom it calls."""
        return self._known(request, attempt, self.of_streams(attempt.started.stream))

    def _known(self, request: Request, attempt: Attempt, told: list[Told]) -> list[Told]:
        outcome = attempt.words[0].position if attempt.words else None
        until = request.machine_at - request.room
        return [
            one
            for one in told
            if one.position < attempt.started.position
            or ((outcome is None or one.position < outcome) and one.said_at < until)
        ]

    def counted_at(self, one: Told, before: int) -> datetime:
        """The instant of an event, as it counts before a position: never later than an acknowledgement that came after it."""
        acks = [ack.said_at for ack in self.acknowledged if one.position < ack.position <= before]
        return min([one.said_at, *acks])

    def call(self, attempt: Attempt, before: int | None = None) -> CallSeen | None:
        """The call of an attempt as the feed has it before a position; None where it has none."""
        call_id = attempt.call_id(before)
        if call_id is None:
            return None
        told = self.streams.get(f"call:{call_id}", [])
        end = len(told) if before is None else bisect_left(told, before, key=lambda one: one.position)
        return call_seen(told[:end], attempt.started.said_at)

    def plans(self, request: Request, attempt: Attempt) -> list[Mapping[str, Any]]:
        """The plan by which it was begun, and the one that held when it left: often the same."""
        stream = f"campaign:{attempt.started.campaign_id}"
        begun = [one.body for one in self.streams.get(stream, ()) if one.position < attempt.started.position]
        left = [one.body for one in self.known_to(request, attempt, stream)]
        found: list[Mapping[str, Any]] = []
        for bodies in (begun, left):
            plan = next(
                (body["plan"] for body in reversed(bodies) if body.get("plan") and "change_id" not in body), None
            )
            if plan is not None and plan not in found:
                found.append(plan)
        return found


class Day:
    """All that was read of a folder; `truth` is what truly happened with each call: when, and to which status it came."""

    def __init__(self, folder: Path) -> None:
        self.lines = read_provider(folder)
        self.truth: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for line in self.lines:
            if line.what == "state":
                self.truth[line.value["call_id"]].append((line.at, line.value["status"]))
        restores = [line.index for line in self.lines if line.what == "restore"]
        feeds = [read_feed(folder / f"feed-before-restore-{k}.jsonl") for k in range(1, len(restores) + 1)]
        feeds.append(read_feed(folder / FEED))
        bounds = [0, *restores, len(self.lines)]
        self.eras = []
        for nth, events in enumerate(feeds):
            lines = self.lines[bounds[nth] : bounds[nth + 1]]
            requests = [self._request(line) for line in lines if _places_a_call(line)]
            self.eras.append(Era(events, lines, requests, _parting(feeds[nth - 1], events) if nth else 0))

    @property
    def last(self) -> Era:
        """The era that holds at the end."""
        return self.eras[-1]

    @property
    def ends_at(self) -> datetime:
        """The true time at the end."""
        return self.lines[-1].at if self.lines else self.last.events[-1].recorded_at

    def offset(self, index: int) -> timedelta:
        """How far Dialtrail's clock was ahead of the true one at a line."""
        for line in reversed(self.lines[: index + 1]):
            if "wrong_by_seconds" in line.value:
                return timedelta(seconds=line.value["wrong_by_seconds"])
        return timedelta()

    def settings(self, index: int) -> Mapping[str, Any]:
        """What Dialtrail was last started with, at a line."""
        for line in reversed(self.lines[: index + 1]):
            if line.what == "start" and line.value.get("settings"):
                found: Mapping[str, Any] = line.value["settings"]
                return found
        return {}

    def true_state(self, call_id: str, at: datetime) -> str | None:
        """What was true of a call at an instant; None before it was."""
        return next((to for since, to in reversed(self.truth.get(call_id, ())) if since <= at), None)

    def _request(self, line: Line) -> Request:
        left = line.value.get("left_at")
        left_at = line.at if left is None else instant(left)
        room = ROOM_WITHOUT_LEAVING if left is None else ROOM
        return Request(line, left_at, left_at + self.offset(line.index), room)


def _places_a_call(line: Line) -> bool:
    return line.what == "request" and line.value.get("method") == "POST" and line.value.get("path") == CALLS


def _parting(before: list[Told], after: list[Told]) -> int:
    """The last position that two histories share."""
    shared = 0
    for one, other in zip(before, after, strict=False):
        if one.event_id != other.event_id:
            break
        shared = other.position
    return shared
