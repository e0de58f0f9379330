"""What generated requests have to know that no schema can say: where this ledger ends, what time it is, what CSV is."""

import os
from datetime import UTC, datetime
from typing import Any

import schemathesis
from hypothesis import strategies as st

POSITION = int(os.environ["LEDGERS_POSITION"])  # noqa: TID251 - a child's environment
ABOUT_A_FILE = {"region", "column", "sheet"}
PROBE_SECONDS_MAX = 7 * 86_400
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
WEEKEND = ("saturday", "sunday")
NOW = datetime.fromisoformat(os.environ["NOW"])  # noqa: TID251 - a child's environment

ROWS = st.lists(st.sampled_from(["+15551230002,Ada", "+15551230099,Bob", "not a number,Cy", "too,many,values", ""]))
schemathesis.openapi.format("holiday-place", st.sampled_from(["US", "US-FL", "GB-SCT", "DE-BY"]))
schemathesis.openapi.format("iana-time-zone", st.sampled_from(["Europe/Berlin", "America/New_York", "Etc/UTC"]))
schemathesis.openapi.media_type("text/csv", ROWS.map(lambda rows: "\n".join(["number,source", *rows]).encode()))

GOODBYE: dict[str, Any] = {"actions": [{"say": "Goodbye."}], "end": True}
SCRIPTS: tuple[dict[str, Any], ...] = (
    {"start": "a", "steps": {"a": GOODBYE}},
    {"start": "a", "steps": {"a": {"transfer": {"destination": "+15551230009"}, "otherwise": "b"}, "b": GOODBYE}},
    {
        "start": "a",
        "steps": {"a": {"gather": {"prompt": "Press 1, {name}."}, "on": {"1": "b"}, "no_input": "b"}, "b": GOODBYE},
    },
)
SCHEDULE: dict[str, Any] = {"zone": "Europe/Berlin", "pause": ["12:00"], "resume": ["13:00"]}


@schemathesis.hook
def map_case(_: schemathesis.HookContext, case: "schemathesis.Case[Any]") -> "schemathesis.Case[Any]":
    """In place of a script that is well formed, one whose steps also lead to each other and to an end, as docs/scripts.md says.

    A schedule says something, at times that there are.
    """
    is_negative = case.meta is not None and case.meta.generation.mode.is_negative
    if is_negative or not isinstance(case.body, dict):
        return case
    for name, usable in (
        ("script", SCRIPTS),
        ("inbound_script", SCRIPTS[:2]),
    ):  # of an inbound one nobody has variables
        if isinstance(case.body.get(name), dict):
            case.body = {**case.body, name: usable[len(str(case.body[name])) % len(usable)]}
    if isinstance(case.body.get("schedule"), dict):
        case.body = {**case.body, "schedule": SCHEDULE}
    return case


@schemathesis.hook
def filter_case(_: schemathesis.HookContext, case: "schemathesis.Case[Any]") -> bool:
    """Of what is well formed, leave out what comes from a future of the ledger, ends in the past, or contradicts itself.

    For views of a future position the server waits as long as it is willing to, then says 503: truly, but slowly.
    """
    query = case.query or {}
    if _is_after_the_end(query.get("at_least")):
        return False
    if case.meta is not None and case.meta.generation.mode.is_negative:
        return True
    body = case.body if isinstance(case.body, dict) else {}
    if ABOUT_A_FILE & query.keys():  # they have to fit the file, and no JSON
        return False
    if query.get("wished") == "true" and {"status", "as_of"} & query.keys():  # it is for now, and of any status
        return False
    moments = [query.get(name) for name in ("after", "as_of", "since", "until")]
    return (
        not any(_is_after_the_end(one) for one in moments)
        and not _has_passed(body.get("expires_at"))
        and not any(_is_to_come(body.get(name)) for name in ("said_at", "given_at", "revoked_at"))
        and _fits_together(body)
    )


def _is_after_the_end(moment: Any) -> bool:
    position = str(moment).partition(".")[0]  # behind the point stands a place among those whom one event changed
    return position.isdigit() and int(position) > POSITION


def _has_passed(until: Any) -> bool:
    return isinstance(until, str) and datetime.fromisoformat(until) <= NOW


def _is_to_come(at: Any) -> bool:
    return isinstance(at, str) and datetime.fromisoformat(at) > NOW


def _fits_together(campaign: dict[str, Any]) -> bool:
    """Whether the fields of a policy agree with one another, as docs/api.md says."""
    policy = campaign.get("policy") or {}
    hours, budget, breaker = (policy.get(name) for name in ("hours", "budget", "breaker"))
    pool = campaign.get("from")
    numbers_breaker = pool.get("breaker") if isinstance(pool, dict) else None
    probe, ramp = policy.get("probe") or {}, policy.get("ramp") or {}
    if campaign.get("lookup_ttl_seconds") is not None and campaign.get("lookup") is None:
        return False  # docs/lookups.md: it goes with a lookup
    agents = campaign.get("agents")
    if isinstance(agents, dict) and (agents.get("factor") or 0) > 1 and not (agents.get("why") or "").strip():
        return False  # docs/api.md: more calls than agents are meant, and somebody says why
    disclosure = policy.get("disclosure")
    if (
        disclosure is not None
        and disclosure.get("required") is not False
        and ("reason" in campaign or campaign.get("script"))
    ):
        return False  # docs/scripts.md: the script has to say it
    declined = policy.get("declined") or {}
    if declined.get("digits") is not None and declined["digits"] == policy.get("opt_out_digits"):
        return False
    if ramp and "reason" in campaign:  # of a revision: the limit that it must fit may be the one that there is
        return False
    starts_at, ends_at = policy.get("starts_at"), policy.get("ends_at")
    limit = (campaign.get("limits") or {}).get("calls_per_second") or 1
    return (
        (hours is None or _opens(hours))
        and (budget is None or _limits_something(budget))
        and all(one is None or _watches_something(one) for one in (breaker, numbers_breaker))
        and (probe.get("after_seconds_max") or PROBE_SECONDS_MAX) >= probe.get("after_seconds", 0)
        and ramp.get("calls_per_second_start", 0) <= limit
        and all(_is_possible(at) for at in (starts_at, ends_at))
        and (
            starts_at is None or ends_at is None or datetime.fromisoformat(starts_at) < datetime.fromisoformat(ends_at)
        )
    )


def _opens(hours: dict[str, Any]) -> bool:
    def windows(*names: str) -> Any:
        return next((hours[name] for name in names if hours.get(name) is not None), ())

    days = [windows(day, "weekdays", "every_day") for day in WEEKDAYS]
    return any([*days, *(windows(day, "weekend", "every_day") for day in WEEKEND)])


def _limits_something(budget: dict[str, Any]) -> bool:
    calls, cost, currency = (budget.get(name) for name in ("calls_max", "cost_max", "currency"))
    has_cost = cost is not None and currency is not None and float(cost) > 0
    return has_cost or (calls is not None and cost is None and currency is None)


def _watches_something(breaker: dict[str, Any]) -> bool:
    shares = [breaker.get(f"{name}_share_max") for name in ("failures", "refusals", "short_calls")]
    return any(share is not None for share in shares) and (shares[2] is None) == (
        breaker.get("short_call_seconds") is None
    )


def _is_possible(text: Any) -> bool:
    try:
        return text is None or datetime.fromisoformat(text).astimezone(UTC) is not None
    except (ValueError, OverflowError):
        return False
