"""What a campaign's attempts and calls came to: funnel, attempts, error codes, calls by outcome, pace."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from entrypoints.cli.api import Json
from entrypoints.cli.output import styled, write, write_table
from entrypoints.cli.styles import ATTEMPT_STYLES, OUTCOME_STYLES
from entrypoints.cli.times import Times

ATTEMPTS = ("started", "accepted", "refused", "abandoned", "unresolved", "settled_without_call")
OUTCOMES = ("open", "completed", "failed", "canceled")
PACE = ("sent", "answered", "ended")
PACE_MINUTES = 60
RECENT_MINUTES = 10
BARS = "▁▂▃▄▅▆▇█"
NOTHING = "·"
MINUTE = timedelta(minutes=1)


def share(part: float, whole: float) -> str:
    """In percent, to a tenth; nothing of nothing is nothing."""
    return f"{100 * part / whole:.1f}%" if whole else ""


def write_summary(summary: Json, judged_at: str | None, times: Times) -> None:
    """The tables for the `summary` of a campaign; those that have nothing to say are left out."""
    _write_funnel(summary)
    attempts, codes, calls = summary["attempts"], summary["codes"], summary["calls"]
    if any(attempts.values()):
        write()
        _write_attempts(attempts)
    if codes:
        write()
        most_first = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
        write_table(("error code", "attempts"), most_first, right=("attempts",))
    if any(one["calls"] for one in calls.values()):
        write()
        _write_calls(calls)
    if summary["pace"]:
        write()
        _write_pace(summary["pace"], judged_at, times)


def sparkline(values: Sequence[int]) -> str:
    """A bar for each value, the highest for the greatest; a dot for nothing."""
    most = max(values, default=0)
    return "".join(NOTHING if value == 0 else BARS[(value * len(BARS) - 1) // most] for value in values)


def _write_funnel(summary: Json) -> None:
    steps = [(name, summary[name]) for name in ("enrolled", "dialled", "reached")]
    before = [steps[0][1], *(count for _, count in steps[:-1])]
    rows = [
        (name, count, share(count, steps[0][1]), share(count, earlier) if place else "")
        for place, ((name, count), earlier) in enumerate(zip(steps, before, strict=True))
    ]
    write()
    headers = ("funnel", "recipients", "of enrolled", "of those before")
    write_table(headers, rows, right=headers[1:])


def _write_attempts(attempts: Mapping[str, int]) -> None:
    headers = ("attempts", "count", "share")
    everything = sum(attempts.values())
    rows: list[tuple[object, ...]] = [
        (
            styled(name.replace("_", " "), ATTEMPT_STYLES.get(name, "")),
            attempts[name],
            share(attempts[name], everything),
        )
        for name in _in_order(attempts, ATTEMPTS)
        if attempts[name]
    ]
    write_table(headers, [*rows, ("all", everything, "")], right=headers[1:])


def _write_calls(calls: Mapping[str, Json]) -> None:
    headers = ("calls", "count", "share", "seconds on average", "seconds at most")
    everything = sum(one["calls"] for one in calls.values())
    rows = [
        (
            styled(name, OUTCOME_STYLES.get(name, "")),
            one["calls"],
            share(one["calls"], everything),
            *_lengths(one),
        )
        for name in _in_order(calls, OUTCOMES)
        if (one := calls[name])["calls"]
    ]
    write_table(headers, rows, right=headers[1:])


def _lengths(one: Json) -> tuple[str, str]:
    """Seconds on average and at most; calls that nobody answered have none."""
    mean = one["seconds_mean"]
    return ("-", "-") if mean is None else (f"{mean:.1f}", f"{one['seconds_max']:.1f}")


def _write_pace(pace: Sequence[Json], judged_at: str | None, times: Times) -> None:
    by_minute = {_minute(one["minute"]): one for one in pace}
    end = max(by_minute) + MINUTE if judged_at is None else _minute(judged_at)
    minutes = [end - MINUTE * back for back in range(PACE_MINUTES, 0, -1)]
    until = times.shown(end.isoformat().replace("+00:00", "Z"))
    rows = []
    for name in PACE:
        values = [by_minute.get(minute, {}).get(name, 0) for minute in minutes]
        recent = sum(values[-RECENT_MINUTES:]) / RECENT_MINUTES
        rows.append((name, values[-1], f"{recent:.1f}", max(values), sparkline(values)))
    headers = ("a minute", "last", f"mean of {RECENT_MINUTES}", "most", f"{PACE_MINUTES} minutes until {until}")
    write_table(headers, rows, right=headers[1:4])


def _minute(instant: str) -> datetime:
    return datetime.fromisoformat(instant).replace(second=0, microsecond=0)


def _in_order(found: Mapping[str, Any], known: Sequence[str]) -> list[str]:
    """Those that we know in our order, then any others by name."""
    return [name for name in (*known, *sorted(set(found) - set(known))) if name in found]
