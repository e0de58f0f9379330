"""A model of MiniVoice, written from its documentation alone: calls that live, requests that are answered or not.

Model: all of it. It shares no code with Dialtrail's client, nor with its sandbox, which were written by the same hands that
could have misread the same page.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.simulation.courier import Courier
from tests.simulation.habits import Habits
from tests.simulation.journal import Journal
from tests.simulation.loop import VirtualLoop
from tests.simulation.phone import Phone
from tests.simulation.talk import Asked, Reply, Serves

CALLS = "/v1/calls"
RING_SECONDS_MAX, TALK_SECONDS_MAX = 25.0, 60.0
SLOW_SECONDS_MAX = 14.0
STRAY_SECONDS_MAX = 1_800.0
TWIN_SECONDS_MAX = 2.0
REFUSALS = (
    (400, "invalid_request", 1),
    (400, "rate_not_found", 1),
    (402, "insufficient_balance", 1),
    (403, "spend_control_exceeded", 1),
    (429, "cps_limit_reached", 4),
    (429, "concurrent_call_limit_reached", 4),
    (500, "", 3),
    (502, "originate_failed", 3),
)
MAY_LEAVE_A_CALL = (500, 502)
ENDS = ("completed", "failed", "canceled")


class ModelCall:
    """One call, as the provider knows it."""

    def __init__(self, call_id: str, asked: dict[str, Any], created_at: str) -> None:
        self.call_id = call_id
        self.status = "dialing"
        self.asked = asked
        self.created_at = created_at
        self.was_answered = False

    def shown(self, *, echoes: bool) -> dict[str, Any]:
        """It, as a response or a webhook has it."""
        shown = {
            "id": self.call_id,
            "status": self.status,
            "direction": self.asked.get("direction", "outbound"),
            "from": self.asked["from"],
            "to": self.asked["to"],
            "application_id": "app_1",
            "created_at": self.created_at[:19] + "Z",
        }
        return shown | ({"metadata": self.asked.get("metadata", {})} if echoes else {"metadata": {}})


class Provider:
    """Takes requests, and lets calls live. `stop_faults` makes it behave, as when a bad day is over."""

    def __init__(self, loop: VirtualLoop, chance: Random, habits: Habits, journal: Journal, courier: Courier) -> None:
        self._loop, self._chance, self.habits = loop, chance, habits
        self._journal, self._courier = journal, courier
        self.calls: dict[str, ModelCall] = {}
        self._requests = 0
        self._sent_at: list[float] = []
        self.phone: Phone | None = None
        self.came: Callable[[], None] = lambda: None

    def connection(self) -> Serves:
        """A connection of somebody who asks."""
        return Serves(self._take)

    def stop_faults(self) -> None:
        """From now on all is answered, and all is delivered."""
        self.habits = Habits(answered=self.habits.answered, echoes=self.habits.echoes)
        self._courier.habits = self.habits

    def ring_in(self, caller: str, to: str) -> None:
        """Somebody else's call on the same account."""
        self._begin({"from": caller, "to": to, "direction": "inbound", "metadata": {}})

    def _take(self, asked: Asked, reply: Reply) -> None:
        if asked.method == "POST" and asked.path == CALLS:
            self._place(asked, reply)
        elif asked.path.startswith(f"{CALLS}/") and asked.path.count("/") == 3:
            self._show(asked.path.rpartition("/")[2], reply)
        elif asked.path.startswith("/v1/usage"):
            summary = {"calls": len(self.calls), "billsec_seconds": 0, "cost_amount": "0.00", "cost_currency": "EUR"}
            self._answer(reply, 200, {"application_id": "app_1", "summary": summary})
        else:
            self._answer(reply, 404, _error("transcription_not_found"))

    def _place(self, asked: Asked, reply: Reply) -> None:
        self._requests += 1
        body = json.loads(asked.body)
        status, code, call = self._decided(body)
        is_silent = self._draws("silent")
        is_lost = not is_silent and self._draws("answer_lost")
        line: dict[str, Any] = {"n": self._requests, "method": "POST", "path": CALLS, "body": body}
        line |= {"status": None if is_silent else status, "call_id": None if call is None else call.call_id}
        self._journal.note("request", **line, **({"answer_lost": True} if is_lost else {}))
        self.came()
        if call is not None:
            self._tell_state(call, "dialing")
            self._live(call)
        if self._draws("twins"):
            others = {**body, "metadata": {}}
            self._loop.exactly_in(self._chance.uniform(0, TWIN_SECONDS_MAX), self._begin, others)
        if is_silent:
            return
        shown = _error(code) if call is None or status >= 400 else call.shown(echoes=self.habits.echoes)
        act: Callable[[], None] = reply.hang_up if is_lost else lambda: reply.answer(status, json.dumps(shown).encode())
        wait = self._chance.uniform(0, SLOW_SECONDS_MAX) if self._draws("slow") else self._chance.uniform(0.01, 0.3)
        self._loop.exactly_in(wait, act)

    def _decided(self, body: dict[str, Any]) -> tuple[int, str, ModelCall | None]:
        """The answer's status and code, and the call that there is, for whatever the answer says."""
        now = self._loop.time()
        self._sent_at = [at for at in self._sent_at if at > now - 1.0]
        if len(self._sent_at) >= self.habits.cps_max:
            return 429, "cps_limit_reached", None
        self._sent_at.append(now)
        if self._draws("refuses"):
            weights = [weight for _, _, weight in REFUSALS]
            status, code, _ = self._chance.choices(REFUSALS, weights)[0]
            leaves = status in MAY_LEAVE_A_CALL and self._chance.random() < 0.5
            return status, code, self._new_call(body) if leaves else None
        return 201, "", self._new_call(body)

    def _new_call(self, asked: dict[str, Any]) -> ModelCall:
        call_id = f"call_{self._chance.getrandbits(40):010x}"
        call = self.calls[call_id] = ModelCall(call_id, asked, self._journal_time())
        return call

    def _begin(self, asked: dict[str, Any]) -> None:
        call = self._new_call(asked)
        self._tell_state(call, "dialing")
        self._live(call)

    def _live(self, call: ModelCall) -> None:
        """What becomes of it."""
        self._tell(call, "call.created", {"event_key": f"{call.call_id}:call.created"})
        draw, ring = self._chance.random(), self._chance.uniform(1, RING_SECONDS_MAX)
        if draw < self.habits.answered:
            talk = self._chance.uniform(1, TALK_SECONDS_MAX)
            self._loop.exactly_in(ring, self._becomes, call, "in_progress", "call.answered")
            if self.phone is not None and self._draws("asks"):
                self._loop.exactly_in(ring, self._talk, call, self.phone)
            elif self._draws("gathers"):
                gathered = {"digits": self._chance.choice("123456789"), "status": "completed", "timed_out": False}
                self._loop.exactly_in(ring + talk / 2, self._tell, call, "call.gathered", gathered)
            self._loop.exactly_in(ring + talk, self._becomes, call, "completed", "call.completed")
        else:
            end = "failed" if draw < self.habits.answered + self.habits.failed else self._chance.choice(ENDS)
            self._loop.exactly_in(ring, self._becomes, call, end, f"call.{end}")

    def _talk(self, call: ModelCall, phone: Phone) -> None:
        about = {"call_id": call.call_id, "from": call.asked["from"], "to": call.asked["to"]}
        phone.pick_up(about, lambda event, data: self._tell(call, event, data), lambda: call.status not in ENDS)

    def _becomes(self, call: ModelCall, status: str, event: str) -> None:
        call.was_answered = call.was_answered or status == "in_progress"
        call.status = status
        self._tell_state(call, status)
        self._tell(call, event, {})
        if status in ENDS and self._draws("rewords"):
            self._tell(call, event, {"said": "again"})
        if status in ENDS and self._draws("contradicts"):
            other = self._chance.choice([one for one in ENDS if one != status])
            said = call.shown(echoes=self.habits.echoes) | {"status": other}
            self._courier.send(call.call_id, f"call.{other}", said, {})

    def _tell(self, call: ModelCall, event: str, data: dict[str, Any]) -> None:
        self._courier.send(call.call_id, event, call.shown(echoes=self.habits.echoes), data)

    def _tell_state(self, call: ModelCall, status: str) -> None:
        ends = {"from": call.asked["from"], "to": call.asked["to"]}
        self._journal.note("state", call_id=call.call_id, status=status, **ends)

    def _show(self, call_id: str, reply: Reply) -> None:
        call = self.calls.get(call_id)
        if call is None:
            self._answer(reply, 404, _error("call_not_found"))
        elif self._draws("forgets"):
            self._answer(reply, 503, _error("unavailable"))
        else:
            self._answer(reply, 200, call.shown(echoes=self.habits.echoes))

    def _answer(self, reply: Reply, status: int, said: dict[str, Any]) -> None:
        self._loop.exactly_in(self._chance.uniform(0.01, 0.3), reply.answer, status, json.dumps(said).encode())

    def _draws(self, habit: str) -> bool:
        share: float = getattr(self.habits, habit)
        return bool(share) and self._chance.random() < share

    def _journal_time(self) -> str:
        return self._courier.instant()


def _error(code: str) -> dict[str, Any]:
    return {"error": {"code": code or "internal", "message": "the model provider says so"}}
