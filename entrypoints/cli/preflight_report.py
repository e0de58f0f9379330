"""`dialtrail campaign preflight`: who would be called when, how long that takes, and what to look at before the start."""

import sys
from collections.abc import Iterator, Mapping

from domain.counted import counted
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, CampaignId, Zone
from entrypoints.cli.output import say, write, write_json, write_table
from entrypoints.cli.times import IN_UTC, Times, times_in

EPILOG = "Example: dialtrail campaign preflight spring_followup --tz Europe/Berlin"
ALWAYS_SAID = ("callable_now", "later_today", "suppressed", "capped", "not_dialable", "repeated")
IN_ORDER = (
    "callable_now",
    "later_today",
    "later",
    "suppressed",
    "capped",
    "not_dialable",
    "under_way",
    "done",
    "not_judged",
    "repeated",
)
ZONES_SHOWN_MAX = 30
LIMITS: Mapping[str, str] = {
    "calls_per_second": "limits.calls_per_second",
    "calls_at_once": "limits.calls_at_once",
    "account_calls_per_second": "the account's calls a second",
    "account_calls_at_once": "the account's calls at once",
}
HEARD: Mapping[str, str] = {
    "campaign": "the campaign's inbound script",
    "installation": "the installation's inbound script",
    "safe_text": "the safe text, for there is no inbound script",
}
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_UNITS_SHOWN = 2


def preflight(campaign: CampaignId, zone: Zone = None, as_json: AsJson = False) -> None:
    """What would become of a campaign's recipients if it dialled now: how many are callable now, later, or not at all,
    how long it takes at the limits, when each zone is through, and warnings. It changes nothing and calls nobody.
    """
    times = times_in(zone)

    found = with_api("campaign preflight", lambda api: looked(api, campaign), campaign=campaign)
    if as_json:
        write_json(found)
        return
    write(summary(found), "bold")
    for line in (*_details(found), *_beside(found, times)):
        write(line)
    write()
    _write_estimate(found["estimate"], times)
    if found["warnings"]:
        write()
    for warned in found["warnings"]:
        write(f"warning: {warned['about']}: {warned['says']}", "yellow")
    write()
    write(f"as of position {found['position']}, judged at {times.shown(found['judged_at'])}", "dim")


async def looked(api: Api, campaign: str) -> Json:
    """The answer of the preflight."""
    return await api.get_again(path_of("campaigns", campaign, "preflight"))


def say_before_the_start(found: Json) -> None:
    """Its sum on a terminal, and its warnings anywhere, on stderr."""
    if sys.stderr.isatty():
        say(summary(found))
        say(_duration(found["estimate"], IN_UTC))
    for warned in found["warnings"]:
        say(f"warning: {warned['about']}: {warned['says']}")


def summary(found: Json) -> str:
    """All recipients in one sentence, such as `of 1,000: 873 callable now, 61 later today, …`."""
    counts = {name: _count(found.get(name, 0)) for name in IN_ORDER}
    said = [name for name in IN_ORDER if name in ALWAYS_SAID or counts[name]]
    return f"of {found['recipients']:,}: " + ", ".join(f"{counts[name]:,} {name.replace('_', ' ')}" for name in said)


def _details(found: Json) -> Iterator[str]:
    for name in ("capped", "not_dialable"):
        if found[name]:
            each = ", ".join(f"{count:,} {rule}" for rule, count in found[name].items())
            yield f"{name.replace('_', ' ')}: {each}"
    if found.get("repeated"):
        yield "repeated: they wait here, and in another campaign that runs, too"


def _beside(found: Json, times: Times) -> Iterator[str]:
    """The calls that are wished, what the campaign's clock does next, and what they hear who ring back."""
    wished = found.get("callbacks") or {"open": 0}
    if wished["open"]:
        parts = {name: wished[name] for name in ("overdue", "outside_hours", "given_up", "after_end") if wished[name]}
        more = "".join(f", {count:,} {name.replace('_', ' ')}" for name, count in parts.items())
        yield f"callbacks: {wished['open']:,} open{more}"
    schedule = found.get("schedule")
    if schedule is not None and schedule["act"] is not None:
        at = f"{schedule['local']} in {schedule['zone']} ({times.shown(schedule['at'])})"
        yield f"schedule: the next is {schedule['act']}, at {at}"
    if (inbound := found.get("inbound")) is not None:
        opt_out = {True: "; they can opt out there", False: "; they cannot opt out there", None: ""}[inbound["opt_out"]]
        yield f"who rings back hears {HEARD[inbound['heard']]}{opt_out}"


def _write_estimate(estimate: Json, times: Times) -> None:
    write(_duration(estimate, times))
    if not estimate["to_call"]:
        return
    seen = estimate["seen_calls"]
    by = f"the mean of {counted(seen, 'call')}" if seen else "assumed, until enough calls were seen"
    write(f"a call is taken to last {estimate['call_seconds']:g} s ({by})")
    zones = sorted(estimate["zones"], key=lambda one: (-one["people"], one["zone_key"]))
    write()
    write_table(
        ("zone", "to call", "called by"),
        [(one["zone_key"] or "unknown", one["people"], _end(one, times)) for one in zones[:ZONES_SHOWN_MAX]],
        right=("to call",),
    )
    if len(zones) > ZONES_SHOWN_MAX:
        write(f"and {counted(len(zones) - ZONES_SHOWN_MAX, 'more zone')}")


def _duration(estimate: Json, times: Times) -> str:
    if not estimate["to_call"]:
        return "nobody is to be called"
    limit = LIMITS.get(estimate["limited_by"], estimate["limited_by"])
    a_second = estimate["calls_per_second"]
    pace = f"{a_second:g} call{'' if a_second == 1 else 's'} a second, by {limit}"
    return f"{in_words(estimate['seconds'])} of dialling at {pace}; the last is called by {_end(estimate, times)}"


def _end(estimated: Json, times: Times) -> str:
    return times.shown(estimated["ends_at"]) or "no time that can be said"


def in_words(seconds: float) -> str:
    """A duration in its two greatest units, such as `4 h 10 min`."""
    left = round(seconds)
    parts: list[tuple[int, str]] = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:_UNITS_SHOWN] if count) or "less than 1 s"


def _count(value: int | Json) -> int:
    return value if isinstance(value, int) else sum(value.values())
