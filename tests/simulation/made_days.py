"""Days made by hand for the judge: what a good one looks like, line by line, to be broken in one place."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.simulation.judge import judge

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
OPEN = {"monday": [{"opens": 9 * 60, "closes": 20 * 60}]}
PLAN: dict[str, Any] = {
    "caller_number": "+15550100001",
    "limits": {"calls_per_second": 1.0, "calls_at_once": 2},
    "policy": {"hours": OPEN, "default_zone": "UTC", "attempts_max": 2, "retry": {"failed": {"after_seconds": 600}}},
}


def digest(text: str) -> str:
    """The SHA-256 of a body."""
    return sha256(text.encode()).hexdigest()


class MadeDay:
    """Writes both logs. `now` is both clocks, in seconds from noon; each line moves it by nothing."""

    def __init__(self, plan: dict[str, Any] | None = None, people: int = 1, zone: str = "UTC") -> None:
        self.now = 0.0
        self.offset = 0.0
        self.provider: list[dict[str, Any]] = []
        self.feed: list[dict[str, Any]] = []
        self.zone = zone
        self.log("start", settings={"account_calls_per_second": 5, "account_calls_at_once": 4})
        self.tell("campaign:spring", "campaign.created", campaign_id="spring", plan=plan or PLAN)
        for nth in range(1, people + 1):
            self.enroll(nth)
        self.tell("campaign:spring", "campaign.started")
        self.now = 10.0

    def enroll(self, nth: int) -> None:
        """A person is to be called."""
        self.tell(f"recipient:{nth}", "recipient.enrolled", campaign_id="spring", number=number(nth), zone=self.zone)

    def log(self, what: str, **value: Any) -> dict[str, Any]:
        """A line of the provider's log."""
        line = {"at": self._at(0.0), "what": what, **value}
        self.provider.append(line)
        return line

    def tell(self, stream: str, event: str, **body: Any) -> dict[str, Any]:
        """An event of the feed."""
        position = self.feed[-1]["position"] + 1 if self.feed else 1
        version = 1 + sum(one["stream"] == stream for one in self.feed)
        told = {
            "position": position,
            "event": event,
            "stream": stream,
            "version": version,
            "event_id": f"event-{position}-{len(self.provider)}",
            "recorded_at": self._at(self.offset),
            "clock_at": None,
            "metadata": {},
            "body": body,
        }
        self.feed.append(told)
        return told

    def begin(self, nth: int = 1, attempt: str = "a1", epoch: str = "one", **more: Any) -> dict[str, Any]:
        """An attempt is on disk; the body of its request."""
        body = {
            "from": "+15550100001",
            "to": number(nth),
            "metadata": {"campaign_id": "spring", "attempt_id": attempt},
        }
        started = {"attempt_id": attempt, "campaign_id": "spring", "request": json.dumps(body), "epoch": epoch}
        self.tell(f"recipient:{nth}", "attempt.started", **started, verdict={}, **more)
        return body

    def send(
        self, body: dict[str, Any], status: int | None = 201, call: str | None = "c1", **more: Any
    ) -> dict[str, Any]:
        """Its request comes to the provider."""
        line = self.log(
            "request",
            n=1,
            method="POST",
            path="/v1/calls",
            body=body,
            status=status,
            call_id=call,
            left_at=self._at(0.0),
        )
        line.update(more)
        if call is not None:
            self.log("state", call_id=call, status="dialing")
        return line

    def settle(self, name: str, nth: int = 1, attempt: str = "a1", **body: Any) -> None:
        """What became of the attempt."""
        self.tell(f"recipient:{nth}", f"attempt.{name}", attempt_id=attempt, campaign_id="spring", **body)

    def accept(self, nth: int = 1, attempt: str = "a1", call: str = "c1") -> None:
        """It has a call, on both streams."""
        self.settle("accepted", nth, attempt, call_id=call, status=201, response="{}")
        self.report(call, "call.created", source="api")
        claim = {"attempt_id": attempt, "campaign_id": "spring", "recipient": f"recipient:{nth}", "how": "response"}
        self.tell(f"call:{call}", "call.claimed", **claim)

    def call(self, nth: int = 1, attempt: str = "a1", call: str = "c1", **more: Any) -> None:
        """A whole call, up to its being taken."""
        self.send(self.begin(nth, attempt, **more), call=call)
        self.accept(nth, attempt, call)

    def report(self, call: str, name: str, source: str = "webhook", **more: Any) -> None:
        """A report of the call is stored, at the instant at which it happened."""
        said = {"source": source, "key": f"{source}|{name}", "digest": digest(call + name + source)}
        self.tell(f"call:{call}", name, **said, occurred_at=self._at(0.0), snapshot={}, **more)

    def deliver(self, call: str, name: str, status: int | None = 204, **more: Any) -> None:
        """The provider delivers that report."""
        sha = digest(call + name + "webhook")
        self.log("webhook", delivery=len(self.provider), call_id=call, event=name, sha256=sha, status=status, **more)

    def end_call(
        self, call: str = "c1", name: str = "call.completed", after: float = 30.0, answered: bool = True
    ) -> None:
        """It is answered, if at all, and ends: truly, and as reported."""
        if answered:
            self.log("state", call_id=call, status="in_progress")
            self._both(call, "call.answered")
        self.now += after
        to = name.partition(".")[2]
        self.log("state", call_id=call, status=to)
        self._both(call, name)

    def close(self, after: float = 4 * 3_600) -> None:
        """The campaign is over, and the day goes on for long."""
        self.tell("campaign:spring", "campaign.completed")
        self.end(after)

    def end(self, after: float = 4 * 3_600) -> None:
        """The day is over."""
        self.now += after
        self.log("end")

    def judged(self, folder: Path, **extra: list[dict[str, Any]]) -> set[str]:
        """Which rules are broken; each with a line that shows it. `extra` files are named without their ending."""
        files = {"provider": self.provider, "feed": self.feed}
        files.update({name.replace("_", "-"): lines for name, lines in extra.items()})
        for name, lines in files.items():
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        found = judge(folder)
        assert all(broken.lines for broken in found)
        return {broken.rule for broken in found}

    def _both(self, call: str, name: str) -> None:
        self.report(call, name)
        self.deliver(call, name)

    def _at(self, offset: float) -> str:
        return (NOON + timedelta(seconds=self.now + offset)).isoformat()


def number(nth: int) -> str:
    """A person's number."""
    return f"+1555010{nth:04}"


def plan(**policy: Any) -> dict[str, Any]:
    """The plan, with more in its policy."""
    return {**PLAN, "policy": {**PLAN["policy"], **policy}}


def good_day(**more: Any) -> MadeDay:
    """One person is called, answers, and the campaign is over."""
    day = MadeDay(**more)
    day.call()
    day.end_call()
    day.close()
    return day
