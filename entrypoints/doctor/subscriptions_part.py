"""Which of the user's own systems are told nothing, or do not take what they are told."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.counted import counted
from domain.errors import DialtrailError, NotFound
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.webhook_part import Ask


async def subscription_findings(ask: Ask) -> list[Finding]:
    """What the API says of all subscriptions; nothing where the server is older and has none."""
    try:
        return list(_of_each((await ask("/v1/subscriptions"))["items"]))
    except NotFound:
        return []
    except DialtrailError as error:
        return [Finding("pending", "warning", f"the subscriptions could not be asked for: {error}")]


def _of_each(items: Iterable[Mapping[str, Any]]) -> Iterable[Finding]:
    for one in items:
        name, pause, failing = one["id"], one["pause"], one["failing"]
        if pause is not None and pause["cause"] != "operator":
            what = f"subscription {name} is paused since {pause['at']}: {pause['reason']}"
            yield Finding("pending", "warning", what, f"mend it, then: dialtrail subscriptions resume {name}")
        elif failing is not None:
            what = f"subscription {name} takes nothing since {failing['since']}: {failing['last']}"
            yield Finding("pending", "warning", what, f"see its tries with: dialtrail subscriptions show {name}")
        if one["dead"]:
            what = f"{counted(one['dead'], 'delivery', 'deliveries')} to subscription {name} given up after three days"
            yield Finding("pending", "warning", what, f"dialtrail subscriptions resend {name} --all")
