"""What has to hold at the end of a world, whatever went wrong in it: looked at from inside, with everything that Dialtrail knows.

What has to hold all the time is `watch.py`'s; the dear rules are asked at some instants of the day, too.

What a stranger can tell from the provider's log and the feed alone is the judge's.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.simulation.world import World

UNDER_WAY = ("dialing", "in_progress")
WAITING = ("queued", "held")
LEFT_OUT = ("withdrawn", "campaign_completed")
TOLD = ("call.completed", "call.failed", "call.canceled")
ACCEPTED = 204


async def broken_rules(world: "World") -> list[str]:
    """Each that does not hold, in words."""
    recipients = await world.people.recipients()
    return [
        *_one_request_per_attempt(world.journal.lines),
        *_nobody_is_stuck(recipients, len(world.plan.people)),
        *_acknowledged_is_there(world.journal.lines, world.played.feed),
        *_told_in_order(world.journal.lines),
        *_all_is_told(world.journal.lines, world.played.feed),
        *(await _views_are_the_folds(world, recipients)),
        *(await _past_is_as_it_was(world)),
    ]


async def dear_rules(world: "World") -> list[str]:
    """Of a day that goes on: lists and folds, and the past. It takes a moment, in which nothing may be recorded."""
    recipients = await world.people.recipients()
    return [*(await _views_are_the_folds(world, recipients)), *(await _past_is_as_it_was(world))]


def _one_request_per_attempt(lines: list[dict[str, Any]]) -> list[str]:
    seen: dict[str, int] = {}
    for line in lines:
        if line["what"] == "request":
            attempt = line["body"]["metadata"]["attempt_id"]
            seen[attempt] = seen.get(attempt, 0) + 1
    return [f"{count} requests for attempt {attempt}" for attempt, count in seen.items() if count > 1]


def _nobody_is_stuck(recipients: list[dict[str, Any]], enrolled: int) -> list[str]:
    found = [f"recipient {one['number']} is still {one['status']}" for one in recipients if one["status"] in UNDER_WAY]
    if len(recipients) != enrolled:
        found.append(f"{enrolled} people were enrolled, and {len(recipients)} are there")
    return found


def _acknowledged_is_there(lines: list[dict[str, Any]], feed: list[dict[str, Any]]) -> list[str]:
    """Where no backup was put back, each report that was answered 204 is in the ledger."""
    if any(line["what"] == "restore" for line in lines):
        return []
    there = {str(event["body"].get("digest")) for event in feed}
    acknowledged = {line["sha256"]: line for line in lines if line["what"] == "webhook" and line["status"] == ACCEPTED}
    return [
        f"{line['event']} of {line['call_id']} was acknowledged, and is not in the ledger"
        for digest, line in acknowledged.items()
        if digest not in there
    ]


def _told_in_order(lines: list[dict[str, Any]]) -> list[str]:
    """What a subscriber has taken about one stream comes in the ledger's order, but for what says that it does not."""
    found: list[str] = []
    last: dict[tuple[object, object], int] = {}
    seen: set[object] = set()
    for line in lines:
        if line["what"] == "restore":
            last.clear()
        if line["what"] != "notice" or line["status"] != ACCEPTED or line["event_id"] in seen or line["out_of_order"]:
            continue
        seen.add(line["event_id"])
        about = (line["type"] == "outcome.changed", line["about"])
        position = line["position"] or 0
        if position < last.get(about, 0):
            found.append(f"a subscriber was told of position {position} after {last[about]} of {line['about']}")
        last[about] = max(last.get(about, 0), position)
    return found


def _all_is_told(lines: list[dict[str, Any]], feed: list[dict[str, Any]]) -> list[str]:
    """Each end of a call that came after the subscription was made has come to it at least once."""
    taken = {line["position"] for line in lines if line["what"] == "notice" and line["status"] == ACCEPTED}
    made = next((event["position"] for event in feed if event["event"] == "subscription.created"), None)
    if made is None or any(line["what"] == "restore" for line in lines):
        return []
    return [
        f"the subscriber was never told of {event['event']} at position {event['position']}"
        for event in feed
        if event["event"] in TOLD and event["position"] > made and event["position"] not in taken
    ]


async def _views_are_the_folds(world: "World", recipients: list[dict[str, Any]]) -> list[str]:
    """Each row of the list, which is of the views, says what the recipient's own streams say when they are folded."""
    found = []
    for row in recipients:
        folded = await world.people.recipient(row["number"])
        differs = [name for name in ("attempts", "call_id") if folded[name] != row[name]]
        if _known(folded)[1] != _known(row)[1]:
            differs.append("status")
        found += [f"{row['number']}: the view has {name} {row[name]}, the fold {folded[name]}" for name in differs]
    return found


async def _past_is_as_it_was(world: "World") -> list[str]:
    """Who asks now for what was so at a position gets what was answered then."""
    found = []
    for position, then in world.played.snapshots:
        now = await world.people.recipients(as_of=position)
        for was, said in zip(then, now, strict=True):
            if _known(was) != _known(said):
                found.append(
                    f"{was['number']} was {was['status']} at position {position}, and is said to be {said['status']}"
                )
    return found


def _known(row: dict[str, Any]) -> tuple[Any, ...]:
    """Of a recipient, what a position alone decides: who is held, queued, or left out by a campaign's end goes by the instant, too.

    Whoever is held without an end, as by a consent that ran out, still waits in a campaign that is completed.
    """
    goes_by_instant = row["status"] in WAITING or (row["status"], row["reason"]) == LEFT_OUT
    status = "waits" if goes_by_instant else row["status"]
    return row["number"], status, row["attempts"]
