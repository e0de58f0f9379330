"""What is asked at the end of a day, and written down for the judge: calls and people, now and as they were known before."""

from typing import Any
from urllib.parse import quote

from tests.simulation.people import CAMPAIGN, People

CALLS_ASKED_MAX = 12
PAST_ASKED_MAX = 8
SAID_OF_A_CALL = ("phase", "outcome", "reached")
SAID_OF_A_PERSON = ("number", "status", "attempts")


async def answers(people: People, feed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of `answers.jsonl`. Of the past, what was known just before something came, which is where one more would show."""
    ends = _last_of(feed, ("call.completed", "call.failed", "call.canceled"), CALLS_ASKED_MAX)
    known_before = [one for one in ends if one["version"] > 1]  # else nothing of it was known then
    begun = _last_of(feed, ("attempt.started",), PAST_ASKED_MAX)
    numbers = {one["stream"]: one["body"]["number"] for one in feed if one["event"] == "recipient.enrolled"}
    found = [await _call(people, one) for one in ends]
    found += [await _call(people, one, one["position"] - 1) for one in known_before[:PAST_ASKED_MAX]]
    found += [await _person(people, numbers[one["stream"]], one["position"] - 1) for one in begun]
    listed = await people.recipients()
    return found + [{"campaign_id": CAMPAIGN, **{name: one[name] for name in SAID_OF_A_PERSON}} for one in listed]


def _last_of(feed: list[dict[str, Any]], names: tuple[str, ...], most: int) -> list[dict[str, Any]]:
    """The last of each stream, of so many streams."""
    return list({one["stream"]: one for one in feed if one["event"] in names}.values())[:most]


async def _call(people: People, told_last: dict[str, Any], as_of: int | None = None) -> dict[str, Any]:
    call_id = str(told_last["stream"]).partition(":")[2]
    then = {} if as_of is None else {"as_of": as_of}
    asked = "".join(f"?{name}={value}" for name, value in then.items())
    told = await people.ask("GET", f"/v1/calls/{quote(call_id)}{asked}")
    return {"call_id": call_id, **{name: told["state"][name] for name in SAID_OF_A_CALL}, **then}


async def _person(people: People, number: str, as_of: int) -> dict[str, Any]:
    told = await people.ask("GET", f"/v1/campaigns/{CAMPAIGN}/recipients/{quote(number)}?as_of={as_of}")
    return {"campaign_id": CAMPAIGN, **{name: told[name] for name in SAID_OF_A_PERSON}, "as_of": as_of}
