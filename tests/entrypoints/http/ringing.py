"""Somebody who was called, and rings back."""

from typing import Any

from domain.call import CallState
from domain.recipient import RecipientState
from projections.folded import call_of, recipient_of
from tests.entrypoints.serving import FROM, SPRING, TO, Serving, payload

INBOUND: dict[str, Any] = {
    "start": "hello",
    "steps": {
        "hello": {"actions": [{"say": "This is Example."}], "next": "menu"},
        "menu": {
            "gather": {"prompt": "Press 9 if we shall not call again.", "num_digits": 1},
            "on": {"9": "never"},
            "no_input": "goodbye",
        },
        "never": {"actions": [{"say": "We will not."}], "end": True},
        "goodbye": {"actions": [{"say": "Goodbye."}], "end": True},
    },
}


async def called(stage: Serving, campaign_id: str = "spring_followup", call_id: str = "call_1", **plan: Any) -> None:
    """A campaign that has called `TO`, who did not pick up."""
    made = {**SPRING, "id": campaign_id, "policy": {"opt_out_digits": "9", "attempts_max": 3}, **plan}
    answer = await stage.client.post("/v1/campaigns", json=made)
    assert answer.status_code == 201, answer.text
    await stage.enroll(TO, campaign_id=campaign_id)
    assert (await stage.client.post(f"/v1/campaigns/{campaign_id}/start")).status_code == 200
    await stage.dial(TO, call_id, campaign_id)
    assert (await stage.deliver(payload("call.completed", call_id, seconds=9))).status_code == 204


def ringing(event: str, call_id: str = "in_1", seconds: float = 60, *, whose: str = TO, **said: Any) -> bytes:
    """What is reported of a call from somebody to the campaign's number."""
    data, to = said.pop("data", None), said.pop("to", FROM)
    return payload(event, call_id, seconds, data=data, to=to, **{"direction": "inbound", "from": whose, **said})


def pressed(digits: str, call_id: str = "in_1", seconds: float = 65) -> bytes:
    """What they pressed."""
    return ringing("call.gathered", call_id, seconds, data={"digits": digits, "timed_out": False})


def person(stage: Serving, number: str = TO) -> RecipientState:
    """The person as the ledger has them."""
    return recipient_of(stage.ledger.read_stream(stage.ledger.recipient_stream(number)))


def call(stage: Serving, call_id: str = "in_1") -> CallState:
    """The call as the ledger has it."""
    return call_of(stage.ledger.read_stream(f"call:{call_id}"))
