"""The page for people: who was called, when, how often, and on what basis; made from the events alone."""

import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from application.evidence.verifier.events import BundledEvent, Json, json_bytes
from application.evidence.verifier.notes import TreeHead

STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #8888;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}.wide{overflow-x:auto}pre{white-space:pre-wrap;margin:0}"
)
TAKEN = (
    "<p>Taken from the ledger as the log {origin} has it with {size} entries. All times are UTC. Every line below is made "
    "from the events in events.jsonl, whose proofs verify.py checks: run <code>python verify.py</code> beside it, or "
    "<code>python verify.py --help</code>.</p>"
)
ABOUT_PERSON = (
    *("recipient.enrolled", "recipient.withdrawn", "recipient.suppressed", "recipient.released"),
    *("recipient.callback_set", "recipient.callback_dropped", "recipient.rang_back", "recipient.erased"),
    *("recipient.declined", "consent.given", "consent.used", "consent.revoked"),
)
OUTCOMES = {
    "attempt.accepted": "accepted by the provider",
    "attempt.refused": "refused by the provider",
    "attempt.abandoned": "never sent",
    "attempt.unresolved": "not known whether it was placed",
}


def page(kind: str, subject: str, head: TreeHead, events: Sequence[BundledEvent]) -> bytes:
    """The whole page, as UTF-8."""
    title = escaped(f"Evidence about the {kind} {subject}")
    parts = [
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>',
        f"<h1>{title}</h1>",
        TAKEN.format(origin=escaped(head.origin), size=head.size),
        *(f"<h2>{name}</h2>\n{table(heads, rows)}" for name, heads, rows in sections(events)),
        "</body></html>",
    ]
    return "\n".join(parts).encode("utf-8", "backslashreplace") + b"\n"


def sections(events: Sequence[BundledEvent]) -> Iterator[tuple[str, Sequence[str], Sequence[Sequence[object]]]]:
    """What is told, each with the heads of its table and its rows."""
    attempts, came = [event for event in events if event.name == "attempt.started"], outcomes(events)
    yield "How often", ("day", "attempts to call"), per_day(attempts)
    yield (
        "Who was called, when, and on what basis",
        ("event", "begun", "to", "from", "campaign", "came of it", "basis"),
        [attempt_row(event, came) for event in attempts],
    )
    told = [told_row(event) for event in events if event.name in ABOUT_PERSON]
    yield "What is known of the person", ("event", "recorded", "what", "details"), told
    calls = [event for event in events if event.stream.startswith("call:") and "source" in event.fields]
    heads: Sequence[str] = ("event", "recorded", "the provider's time", "what", "call", "said by")
    yield "Calls", heads, [call_row(event) for event in calls]
    heads = ("event", "at", "call", "campaign", "script version", "step", "what was served")
    yield "What calls said", heads, [said_row(event) for event in events if event.name == "answer.served"]
    heads = ("event", "recorded", "stream", "version", "name", "by")
    yield "All events", heads, [event_row(event) for event in events]


def per_day(attempts: Sequence[BundledEvent]) -> list[tuple[object, ...]]:
    """Attempts counted by the day on which they were begun, and in all."""
    days: dict[str, int] = {}
    for event in attempts:
        days[event.recorded_at[:10]] = days.get(event.recorded_at[:10], 0) + 1
    return [*sorted(days.items()), ("in all", len(attempts))]


def outcomes(events: Sequence[BundledEvent]) -> Mapping[str, str]:
    """What came of each attempt, by its id."""
    found: dict[str, list[str]] = {}
    for event in events:
        if event.name in OUTCOMES:
            call = f": call {event.fields['call_id']}" if "call_id" in event.fields else ""
            found.setdefault(str(event.fields.get("attempt_id")), []).append(OUTCOMES[event.name] + call)
    return {attempt: "; ".join(came) for attempt, came in found.items()}


def attempt_row(event: BundledEvent, came: Mapping[str, str]) -> tuple[object, ...]:
    """An attempt: whom, from where, what came of it, and the verdict that allowed it."""
    asked = inner(event.fields.get("request"))
    return (
        event.position,
        event.recorded_at,
        asked.get("to", "sealed" if event.is_sealed else ""),
        asked.get("from", event.fields.get("caller_number", "")),
        event.fields.get("campaign_id", ""),
        came.get(str(event.fields.get("attempt_id")), "nothing was recorded"),
        basis(event),
    )


def basis(event: BundledEvent) -> str:
    """The verdict in words: nothing stood against it, by these rules and data."""
    verdict = event.fields.get("verdict")
    if not isinstance(verdict, dict):
        return "no verdict is stored"
    reasons, data = verdict.get("reasons"), verdict.get("rule_data")
    reasons, data = reasons if isinstance(reasons, list) else [], data if isinstance(data, dict) else {}
    return "; ".join(
        [
            "no rule stood against it" if not reasons else f"{len(reasons)} rules stood against it",
            f"judged at {verdict.get('judged_at', '?')}",
            f"{verdict.get('attempts_counted', '?')} attempts before, of {verdict.get('attempts_max', '?')}",
            f"rules {verdict.get('rules', 1)}",
            *(f"{name} {data[name]}" for name in sorted(data)),
            *([f"for the purpose {event.fields['purpose']}"] if event.fields.get("purpose") else []),
        ]
    )


def told_row(event: BundledEvent) -> tuple[object, ...]:
    """An event with all its fields, as they are."""
    told = "sealed" if event.is_sealed else json_bytes(event.fields).decode().strip()
    return event.position, event.recorded_at, event.name, told


def call_row(event: BundledEvent) -> tuple[object, ...]:
    """A report of the provider on a call."""
    return (
        event.position,
        event.recorded_at,
        event.fields.get("occurred_at", "not said"),
        event.fields.get("name", event.name),
        event.stream.removeprefix("call:"),
        event.fields.get("source", ""),
    )


def said_row(event: BundledEvent) -> tuple[object, ...]:
    """What a call was told to say."""
    wanted = ("campaign_id", "version", "step", "actions")
    fields = ["" if event.fields.get(name) is None else event.fields[name] for name in wanted]
    return event.position, event.fields.get("occurred_at", ""), event.stream.removeprefix("call:"), *fields


def event_row(event: BundledEvent) -> tuple[object, ...]:
    """Any event: where it stands, what it is called, and who or what caused it."""
    by = event.caused_by.get("actor", event.caused_by.get("by", ""))
    return event.position, event.recorded_at, event.stream, event.version, event.name, by


def inner(text: Json) -> dict[str, Json]:
    """A JSON object that is kept as text; empty where it is none."""
    try:
        read = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table, or that there is nothing."""
    made = ["<tr>" + "".join(f"<td>{escaped(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    if not made:
        return "<p>Nothing.</p>"
    first = "".join(f'<th scope="col">{escaped(head)}</th>' for head in heads)
    return f'<div class="wide"><table><thead><tr>{first}</tr></thead><tbody>{"".join(made)}</tbody></table></div>'


def escaped(value: object) -> str:
    """Text for a page."""
    return html.escape(str(value))
