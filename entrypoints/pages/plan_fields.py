"""The plain fields of a campaign's plan: what a form shows of it, and what a form that was sent changes in its document.

A field that still has what the form was shown with changes nothing, so that what somebody else changed meanwhile stays.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from msgspec import Struct

from application.queries.campaign import CampaignShown
from domain.errors import InvalidInput
from domain.policy import WEEKDAYS
from entrypoints.pages.written_length import length_read, length_written

Json = dict[str, Any]
RETRIES = ("not_reached", "failed", "canceled", "originate_failed")
PARTS = ("limits", "policy", "schedule", "agents")
CALLERS = ("from", "choose")
CHOOSE_DEFAULT = "round"
HOUR_SECONDS = 3_600
OF_PURPOSE = " of this purpose"
CAP_FORM = "write it like 2 in 24 hours, or several with commas"
_CAP = re.compile(rf"([0-9]{{1,6}}) +in +(.+?)({OF_PURPOSE})?", re.IGNORECASE)


def _number(text: str) -> int | float:
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        raise ValueError("is not a number") from None


def _texts(text: str) -> list[str]:
    return [one for one in re.split(r"[\s,;]+", text) if one]


def _time(text: str) -> str:
    """`2026-12-01 09:00` as documents have it."""
    return re.sub(r"(?<=[0-9])\s+(?=[0-9])", "T", text)


def _times(text: str) -> list[str]:
    return [_time(one.strip()) for one in re.split(r"[,;\n]+", text) if one.strip()]


def _time_shown(time: str) -> str:
    return str(time).replace("T", " ")


def _caps(text: str) -> list[Json]:
    """Caps like `2 in 24 hours, 5 in 7 days of this purpose`."""
    found: list[Json] = []
    for one in re.split(r"[,;\n]+", text):
        if not one.strip():
            continue
        written = _CAP.fullmatch(one.strip())
        if written is None:
            raise ValueError(CAP_FORM)
        cap: Json = {"attempts_max": int(written[1]), "period_hours": length_read(written[2]) / HOUR_SECONDS}
        found.append(cap if written[3] is None else {**cap, "per": "purpose"})
    return found


def _caps_shown(caps: Sequence[Json]) -> str:
    return ", ".join(
        f"{cap['attempts_max']} in {length_written(cap['period_hours'] * HOUR_SECONDS)}"
        + (OF_PURPOSE if cap.get("per") == "purpose" else "")
        for cap in caps
    )


def _times_shown(times: list[str]) -> str:
    return ", ".join(one.replace("T", " ") for one in times)


class PlanField(Struct, frozen=True):
    """One field: its place in the document, how its text is read (raises `ValueError`), and how a value is shown."""

    path: tuple[str, ...]
    read: Callable[[str], Any] = str
    show: Callable[[Any], str] = str


def _figure(value: float) -> str:
    return f"{value:g}"


FIELDS: Mapping[str, PlanField] = {
    "calls_per_second": PlanField(("limits", "calls_per_second"), _number, _figure),
    "calls_at_once": PlanField(("limits", "calls_at_once"), _number),
    "preset": PlanField(("policy", "preset")),
    **{f"hours_{day}": PlanField(("policy", "hours", day), _texts, ", ".join) for day in WEEKDAYS},
    "default_zone": PlanField(("policy", "default_zone")),
    "excluded_dates": PlanField(("policy", "excluded_dates"), _texts, ", ".join),
    "holidays": PlanField(("policy", "holidays"), _texts, ", ".join),
    "attempts_max": PlanField(("policy", "attempts_max"), _number),
    "attempt_gap": PlanField(("policy", "attempt_gap_seconds"), length_read, length_written),
    **{
        f"retry_{outcome}": PlanField(("policy", "retry", outcome, "after_seconds"), length_read, length_written)
        for outcome in RETRIES
    },
    "starts_at": PlanField(("policy", "starts_at"), _time, _time_shown),
    "ends_at": PlanField(("policy", "ends_at"), _time, _time_shown),
    "caps": PlanField(("policy", "caps"), _caps, _caps_shown),
    "calls_max": PlanField(("policy", "budget", "calls_max"), _number),
    "cost_max": PlanField(("policy", "budget", "cost_max")),
    "currency": PlanField(("policy", "budget", "currency"), str.upper),
    "opt_out_digits": PlanField(("policy", "opt_out_digits")),
    "schedule_zone": PlanField(("schedule", "zone")),
    "start_at": PlanField(("schedule", "start_at"), _time, _time_shown),
    "pause": PlanField(("schedule", "pause"), _times, _times_shown),
    "resume": PlanField(("schedule", "resume"), _times, _times_shown),
    "stop_at": PlanField(("schedule", "stop_at"), _time, _time_shown),
    "agents_factor": PlanField(("agents", "factor"), _number, _figure),
    "agents_life": PlanField(("agents", "life_seconds"), length_read, length_written),
    "agents_why": PlanField(("agents", "why")),
    "agents_url": PlanField(("agents", "url")),
}
NAMES = (*FIELDS, *CALLERS)
WHOLE: Mapping[str, str] = {"policy.budget": "cost_max", "policy.hours": "hours_monday", "schedule": "schedule_zone"}
"""Where a whole part is at fault: its first field, or the one that it is most often for want of."""


def fields_shown(campaign: CampaignShown) -> dict[str, str]:
    """What each field has for the plan as it is; empty where it says nothing."""
    plan = plan_written(campaign)
    found = {name: _shown(one, plan) for name, one in FIELDS.items()}
    callers = plan["from"]
    pool = callers.get("pool") if isinstance(callers, dict) else [callers]
    found["from"] = "\n".join(str(number) for number in pool or ())
    found["choose"] = str(callers["choose"]) if isinstance(callers, dict) else ""
    return found


def field_at(path: str) -> str | None:
    """The field of the form in which what stands at a path of the document is written; None where it has none."""
    if path in {"id", "record", "reason", "document"}:
        return path
    for name, one in FIELDS.items():
        own = ".".join(one.path)
        if path == own or path.startswith((f"{own}.", f"{own}[")):
            return name
    if path == "from.choose":
        return "choose"
    return "from" if path.partition(".")[0] == "from" else WHOLE.get(path)


def put_fields(
    document: Json, fields: Mapping[str, str], was: Mapping[str, str], campaign: CampaignShown | None
) -> None:
    """Put into a document what the fields change. Raises `InvalidInput`, also where the document says it otherwise."""
    plan: Json = {} if campaign is None else plan_written(campaign)
    changed = [name for name in FIELDS if fields[name].strip() != was.get(name, "").strip()]
    for part in PARTS:
        named = [name for name in changed if FIELDS[name].path[0] == part]
        # A limit that is left empty stays as it is.
        if part == "limits":
            named = [name for name in named if fields[name].strip()]
        if named:
            _put_part(document, part, named, fields, {} if part == "limits" else plan.get(part) or {})
    if any(fields[name].strip() != was.get(name, "").strip() for name in CALLERS):
        _put_callers(document, fields, plan.get("from"))


def _put_part(document: Json, part: str, named: list[str], fields: Mapping[str, str], now: Json) -> None:
    is_written = part in document
    document.setdefault(part, deepcopy(dict(now)))
    for name in named:
        one, text = FIELDS[name], fields[name].strip()
        path = ".".join(one.path)
        try:
            value = one.read(text) if text else None
        except ValueError as error:
            raise InvalidInput(path, str(error)) from None
        tables = _tables(document, one.path)
        held, leaf = tables[-1], one.path[-1]
        if is_written and leaf in held and held[leaf] != value:
            raise InvalidInput(path, "is otherwise in the document than in the field; keep one of them")
        if value is None:
            _take_out(tables, one.path)
        else:
            held[leaf] = value
    # A part of which nothing is left is taken out of the plan.
    document[part] = document[part] or None


def _tables(document: Json, path: tuple[str, ...]) -> list[Json]:
    """The tables on the way to the last of a path's names, the document first. Raises `InvalidInput`."""
    tables = [document]
    for nth, name in enumerate(path[:-1]):
        inner = tables[-1].setdefault(name, {})
        if not isinstance(inner, dict):
            raise InvalidInput(".".join(path[: nth + 1]), f"must be a table, such as one with {path[nth + 1]}")
        tables.append(inner)
    return tables


def _take_out(tables: list[Json], path: tuple[str, ...]) -> None:
    """A value, and those tables around it, but for the part itself, that have nothing else."""
    tables[-1].pop(path[-1], None)
    for held, name in reversed(list(zip(tables[1:], path[1:-1], strict=False))):
        if not held[name]:
            del held[name]


def _put_callers(document: Json, fields: Mapping[str, str], now: Any) -> None:
    numbers, choose = _texts(fields["from"]), fields["choose"].strip()
    if not numbers and not choose:
        return
    pool = dict(now) if isinstance(now, dict) else {}
    is_pool = bool(pool) or bool(choose) or len(numbers) > 1
    given = {**pool, "pool": numbers, "choose": choose or CHOOSE_DEFAULT} if is_pool else numbers[0]
    if document.setdefault("from", given) != given:
        raise InvalidInput("from", "is otherwise in the document than in the field; keep one of them")


def plan_written(campaign: CampaignShown) -> Json:
    """Those parts of the plan that have fields, in the form in which they are written."""
    schedule = campaign.schedule
    by_clock = None
    if schedule is not None:
        names = ("zone", "start_at", "stop_at", "pause", "resume")
        by_clock = {name: value for name in names if (value := getattr(schedule, name))}
        by_clock |= {name: list(by_clock[name]) for name in ("pause", "resume") if name in by_clock}
    return {
        "limits": {
            "calls_per_second": campaign.limits.calls_per_second,
            "calls_at_once": campaign.limits.calls_at_once,
        },
        "policy": dict(campaign.policy or {}),
        "schedule": by_clock,
        "agents": None if campaign.agents is None else dict(campaign.agents),
        "from": campaign.from_number,
    }


def _shown(one: PlanField, plan: Json) -> str:
    held: Any = plan
    for name in one.path:
        held = held.get(name) if isinstance(held, Mapping) else None
    return "" if held is None else one.show(held)
