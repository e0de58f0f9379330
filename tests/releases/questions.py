"""What every later version is asked about the data of a release: the past as its own code told it."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

from tests.releases.kept import Dialtrail, Question

CALLS_ASKED_EACH_MAX = 4
RECIPIENTS_ASKED_EACH_MAX = 2
PAST_SHARES = (0.3, 0.7)


def questions(dialtrail: Dialtrail, position: int) -> Iterator[Question]:
    """About everything up to this position; none hangs on the time of day, or on what is recorded afterwards."""
    campaigns = [item["id"] for item in dialtrail.get("/v1/campaigns")["items"]]
    calls = _calls(dialtrail, position)
    yield Question(f"/v1/events?after=0&limit={position}")
    yield Question(f"/v1/account?as_of={position}")
    yield Question(f"/v1/decisions/compare?after=0&limit={position}")
    for moment in (*(int(position * share) for share in PAST_SHARES), position):
        for campaign in campaigns:
            yield from _of_campaign(dialtrail, campaign, moment)
        for call in calls:
            yield from (Question(f"/v1/calls/{call}{part}?as_of={moment}") for part in ("", "/timeline"))
    yield Question(f"/v1/calls/{calls[0]}/compare/{calls[1]}?as_of={position}")
    for call in calls:
        yield from (Question(f"/v1/calls/{call}/{part}?as_of={position}") for part in ("events", "deliveries"))
        yield from (Question(f"/v1/calls/{call}/{part}?as_of={position}", "viewer") for part in ("timeline", "events"))
    yield from _by_command(dialtrail, campaigns, calls, position)


def _of_campaign(dialtrail: Dialtrail, campaign: str, moment: int) -> Iterator[Question]:
    here = f"/v1/campaigns/{campaign}"
    for part in ("", "/refusals", "/changes", "/history", "/scripts"):
        yield Question(f"{here}{part}?as_of={moment}")
    yield Question(f"{here}?as_of={moment}", "viewer")
    for role in ("auditor", "viewer"):
        yield Question(f"{here}/recipients?limit=1000&as_of={moment}", role)
    for number in _recipients(dialtrail, campaign, moment):
        yield Question(f"{here}/recipients/{number}?as_of={moment}")
        yield Question(f"{here}/recipients/{number}/explain?as_of={moment}")


def _by_command(dialtrail: Dialtrail, campaigns: list[str], calls: list[str], position: int) -> Iterator[Question]:
    until = f"--as-of {position}"
    for campaign in campaigns:
        yield from (
            Question(f"dialtrail {words} {until}") for words in (f"status {campaign}", f"campaign history {campaign}")
        )
    number = _recipients(dialtrail, campaigns[0], position)[0].replace("%2B", "+")
    yield Question(f"dialtrail status {campaigns[0]} {number} {until}")
    yield Question(f"dialtrail explain {campaigns[0]} {number} {until}")
    yield Question(f"dialtrail timeline {calls[0]} {until}")
    yield Question(f"dialtrail timeline {calls[0]} {until} --json")
    yield Question(f"dialtrail deliveries {calls[0]} {until}")
    yield Question(f"dialtrail compare {calls[0]} {calls[1]}")


def _recipients(dialtrail: Dialtrail, campaign: str, moment: int) -> list[str]:
    """A few of each status and reason, as they stand in a path."""
    found: dict[tuple[str, str | None], list[str]] = {}
    page = dialtrail.get(f"/v1/campaigns/{campaign}/recipients?limit=1000&as_of={moment}")
    for item in page.get("items", []):
        found.setdefault((item["status"], item["reason"]), []).append(quote(item["number"], safe=""))
    return [number for numbers in found.values() for number in numbers[:RECIPIENTS_ASKED_EACH_MAX]]


def _calls(dialtrail: Dialtrail, position: int) -> list[str]:
    """Those with the most events: in them is the most to be told. The first ones too: of them there is the most past."""
    items = dialtrail.get(f"/v1/events?after=0&limit={position}")["items"]
    events = Counter(item["stream"].removeprefix("call:") for item in items if item["stream"].startswith("call:"))
    return list(dict.fromkeys([*list(events)[:CALLS_ASKED_EACH_MAX], *dict(events.most_common(CALLS_ASKED_EACH_MAX))]))
