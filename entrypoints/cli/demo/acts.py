"""What befalls the campaign, act by act: each waits until it has happened, and says so in a sentence."""

import asyncio
import time
from collections.abc import Collection, Mapping

from domain.counted import counted
from entrypoints.cli.api import Json, path_of
from entrypoints.cli.demo.children import Child
from entrypoints.cli.demo.provider import posts
from entrypoints.cli.demo.scene import (
    ANSWER_DELAY_SECONDS,
    CAMPAIGN_ID,
    DROP_RATE,
    FROM_NUMBER,
    REFUSE_429_RATE,
    SHUFFLE_RATE,
    Scene,
)
from entrypoints.cli.demo.stage import ACT_SECONDS_MAX, Stage
from entrypoints.cli.failure import CommandFailed

OPEN = ("queued", "held", "dialing", "in_progress")
ON_THE_WIRE_MIN = 2
DIALED_FIRST_SHARE = 4
WIRE_POLL_SECONDS = 0.01
CAMPAIGN_SECONDS_MAX, CAMPAIGN_SECONDS_PER_RECIPIENT_MAX = 150.0, 0.2
LOST = "lost_response"


async def an_end_is_dropped(stage: Stage) -> None:
    """The first call to end ends unheard; after that only some do."""

    async def dropped(_: Json) -> bool | None:
        return await stage.provider.dropped() > 0 or None

    await stage.until("MiniVoice to drop a webhook", dropped)
    await stage.provider.change(drop_rate=DROP_RATE)
    stage.tell("MiniVoice drops the webhook of a call's end for good; it will drop others")


async def balance_runs_out(stage: Stage, scene: Scene) -> None:
    """402: the account is paused. Once nothing of ours is on the wire, the demo tops it up, and resumes."""

    async def paused(campaign: Json) -> Json | None:
        pause: Json | None = campaign["pause"]
        if pause is None or any(one["call_id"] is None for one in await stage.recipients("dialing")):
            return None
        return pause

    pause = await stage.until("the balance to run out", paused)
    if (pause["scope"], pause["code"]) != ("account", "insufficient_balance"):
        raise CommandFailed(f"the campaign was paused: {pause}")
    placed, asked = len(await stage.provider.calls()), await stage.provider.arrived()
    stage.tell(
        f"MiniVoice says {pause['status']} {pause['code']} after {counted(placed, 'call')}: the account is paused"
    )

    async def still(campaign: Json) -> int | None:
        counts: dict[str, int] = campaign["recipients"]
        return None if counts["dialing"] or counts["in_progress"] else counts["queued"]

    waiting = await stage.until("the calls under way to end", still)
    if await stage.provider.arrived() != asked:
        raise CommandFailed("somebody was dialled although the account was paused")
    stage.tell(
        f"the calls under way have ended; {counted(waiting, 'person waits', 'people wait')}, and nobody is dialled"
    )
    # The next answer will be lost. Its call's webhooks come at once, so that who else calls there is known beside it.
    await stage.provider.change(lost_response_rate=1, shuffle_rate=0)
    await stage.provider.add_balance(scene.top_up)
    campaign = await stage.api.post(path_of("campaigns", CAMPAIGN_ID, "resume"))
    stage.tell(f"topped up by {scene.top_up} and resumed: {'; '.join(campaign['notes'])}")


async def an_answer_is_lost(stage: Stage) -> str:
    """An attempt whose answer is lost, and a call of somebody else between the same numbers: the attempt's id."""

    async def lost(_: Json) -> Json | None:
        lines = posts(await stage.provider.lines("request"))
        return next((one["request_body"] for one in lines if one["fault"] == LOST), None)

    request = await stage.until("an answer to be lost", lost)
    await stage.provider.change(lost_response_rate=0)
    number, attempt_id = request["to"], str(request["metadata"]["attempt_id"])
    stage.tell(f"MiniVoice loses its answer to the dial request for {number}: unresolved, and not dialled again")
    await stage.provider.place_for_somebody_else(FROM_NUMBER, number)

    async def ambiguous(_: Json) -> Json | None:
        items = [one for one in await stage.unresolved() if one["attempt_id"] == attempt_id]
        return next((one for one in items if len(one["candidates"]) > 1), None)

    found = await stage.until("two calls that could be the unresolved attempt's", ambiguous)
    stage.tell(
        f"somebody else with the same key calls {number}, too: {len(found['candidates'])} calls could be "
        "the attempt's, so it is left to a person"
    )
    return attempt_id


async def killed(stage: Stage, up: Child) -> Mapping[str, str]:
    """kill -9 while requests are on the wire: the attempts whose they are, with their numbers."""
    await stage.provider.change(answer_delay=ANSWER_DELAY_SECONDS, shuffle_rate=SHUFFLE_RATE)
    first = await stage.provider.arrived() + (await stage.campaign())["recipients"]["queued"] // DIALED_FIRST_SHARE
    deadline = time.monotonic() + ACT_SECONDS_MAX
    latest = 0
    while True:
        wire = await stage.provider.on_the_wire()
        # Right after one has arrived: the next one leaves a moment later.
        if len(wire) >= ON_THE_WIRE_MIN and wire[-1]["number"] != latest and await stage.provider.arrived() > first:
            break
        latest = wire[-1]["number"] if wire else latest
        if time.monotonic() > deadline:
            raise CommandFailed(f"{ON_THE_WIRE_MIN} requests on the wire: not within {ACT_SECONDS_MAX:g} seconds")
        await asyncio.sleep(WIRE_POLL_SECONDS)
    stage.children.kill(up)
    stage.tell(f"kill -9 of `dialtrail up`, with {len(wire)} dial requests on the wire")
    bodies = [one["request_body"] for one in wire]
    return {str(body["metadata"]["attempt_id"]): str(body["to"]) for body in bodies}


async def recovered(stage: Stage, wire: Mapping[str, str], seconds: float) -> list[str]:
    """The process that was started again has settled what the killed one left; the attempts that are in doubt."""

    async def settled(_: Json) -> list[Json] | None:
        attempts = [await stage.attempt(number, attempt_id) for attempt_id, number in wire.items()]
        return None if any(one["phase"] == "started" for one in attempts) else attempts

    attempts = await stage.until("what was on the wire to be settled", settled)
    doubtful = [str(one["attempt_id"]) for one in attempts if one["why"]]
    if not doubtful:
        raise CommandFailed("nothing was left in doubt by the kill; play it again")
    stage.tell(
        f"started again in {seconds:.1f} s: {counted(len(doubtful), 'attempt was', 'attempts were')} on the wire and "
        f"{'is' if len(doubtful) == 1 else 'are'} unresolved, "
        "not dialled again; the others go on"
    )
    await stage.provider.change(answer_delay=0, refuse_429_rate=REFUSE_429_RATE)
    return doubtful


async def the_rest(stage: Stage, scene: Scene, planned: str, doubtful: Collection[str]) -> None:
    """Until nobody is to be called, what can be matched is matched, and both sides are quiet."""
    waiting = set(doubtful)

    async def over(campaign: Json) -> bool | None:
        counts = campaign["recipients"]
        is_quiet = await stage.provider.is_quiet()  # asked first: the attempts then have all the candidates they will
        unresolved = {one["attempt_id"]: one for one in await stage.unresolved()}
        if waiting and not waiting & unresolved.keys():
            stage.tell(
                f"the reconciler found every call of the {counted(len(waiting), 'attempt')} that the kill left in doubt"
            )
            waiting.clear()
        if sum(counts.values()) < scene.recipients or any(counts.get(name) for name in OPEN):
            return None
        undecided = [one for one in unresolved.values() if one["attempt_id"] != planned and one["candidates"]]
        return (is_quiet and not waiting and not undecided) or None

    seconds_max = CAMPAIGN_SECONDS_MAX + scene.recipients * CAMPAIGN_SECONDS_PER_RECIPIENT_MAX
    await stage.until("the campaign's end", over, seconds_max=seconds_max)
    known: set[str] = set()

    async def all_ended(_: Json) -> bool | None:
        calls = [str(one["id"]) for one in await stage.provider.calls()]
        for call_id in calls:
            if call_id not in known and await _has_ended(stage, call_id):
                known.add(call_id)
        return len(known) == len(calls) or None

    await stage.until("the ends of all calls to be known", all_ended)


async def _has_ended(stage: Stage, call_id: str) -> bool:
    return bool((await stage.api.get(path_of("calls", call_id)))["state"]["phase"] == "ended")
