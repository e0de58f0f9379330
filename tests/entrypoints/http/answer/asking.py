"""A campaign with a script, and calls that ask what to say next."""

from typing import Any

from domain.call import AnswerServed
from domain.quarantine import DeliveryQuarantined
from domain.script import SAFE_TEXT
from tests.entrypoints.serving import SPRING, TO, Serving, payload, until

SCRIPT: dict[str, Any] = {
    "start": "greeting",
    "on_missing_variable": "nameless",
    "defaults": {"place": "our office"},
    "steps": {
        "greeting": {"actions": [{"say": "Hello {name}, this is {place}."}], "next": "menu"},
        "nameless": {"actions": [{"say": "Hello."}], "next": "menu"},
        "menu": {
            "gather": {"prompt": "Press 1 or 2.", "num_digits": 1, "timeout_seconds": 7},
            "on": {"1": "yes", "2": "agent"},
            "no_input": "goodbye",
            "invalid": "menu",
            "timeout": "later",
            "tries_max": 2,
            "exhausted": "goodbye",
        },
        "yes": {"actions": [{"say": "Thank you, {name}."}], "end": True},
        "agent": {"transfer": {"destination": "+15551230009"}, "otherwise": "goodbye"},
        "later": {"actions": [{"say": "We call again."}], "end": True},
        "goodbye": {"actions": [{"say": "Goodbye."}], "end": True},
    },
}
NO_WAIT = {"DIALTRAIL_DIGITS_WAIT_SECONDS": "0"}
NAMELESS = {**SCRIPT, "defaults": {"place": "our office", "name": "you"}}
SAFE = {"actions": [{"say": {"text": SAFE_TEXT}}]}


async def campaign(stage: Serving, script: Any = SCRIPT, name: str | None = "Ada") -> None:
    """A campaign with this script, and a call under way to `TO`."""
    created = await stage.client.post("/v1/campaigns", json={**SPRING, **({"script": script} if script else {})})
    assert created.status_code == 201, created.text
    row = {"number": TO, "variables": {} if name is None else {"name": name}}
    await stage.client.post("/v1/campaigns/spring_followup/recipients", json={"recipients": [row]})
    assert (await stage.client.post("/v1/campaigns/spring_followup/start")).status_code == 200
    await stage.dial(TO, "call_1")


async def ask(stage: Serving, path: str = "/answer?call_id=call_1", **options: Any) -> dict[str, Any]:
    answer = await stage.client.get(path) if not options else await stage.client.post(path, **options)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
    found: dict[str, Any] = answer.json()
    return found


def redirect_of(found: dict[str, Any]) -> str:
    return str(next(action["redirect"]["url"] for action in found["actions"] if "redirect" in action))


def said(found: dict[str, Any]) -> list[str]:
    return [action["say"]["text"] for action in found["actions"] if "say" in action]


async def press(stage: Serving, digits: str | None, seconds: float = 5) -> None:
    data = {"digits": digits, "timed_out": digits is None, "status": "completed"}
    answer = await stage.deliver(payload("call.gathered", seconds=seconds, data=data))
    assert answer.status_code == 204, answer.text


def answers(stage: Serving) -> list[AnswerServed]:
    return [one.event for one in stage.feed() if isinstance(one.event, AnswerServed)]


async def recorded(stage: Serving, count: int = 1) -> list[AnswerServed]:
    """What was served, once so many answers are in the ledger."""
    await until(lambda: len(answers(stage)) >= count)
    return answers(stage)


async def put_away(stage: Serving, count: int) -> list[DeliveryQuarantined]:
    """What nobody could make use of, once so much of it is in the ledger."""

    def found() -> list[DeliveryQuarantined]:
        return [one.event for one in stage.feed() if isinstance(one.event, DeliveryQuarantined)]

    await until(lambda: len(found()) >= count)
    return found()
