"""Calls: the list, and one call's journey in three views of the same events, now or as it was known at any of them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from domain.errors import InvalidInput
from entrypoints.pages.campaigns import inside
from entrypoints.pages.inside import Inside, Json, raw
from entrypoints.pages.journey_lines import journey_lines
from entrypoints.pages.journey_steps import journey_steps
from entrypoints.pages.rendering import indented, page
from projections.call_index import ANOMALIES

PAGE_CALLS = 100
EVENTS_SHOWN_MAX = 1_000
VIEWS: Mapping[str, str] = {"compact": "Compact", "timeline": "Timeline", "full": "Full history"}
PHASES = ("dialing", "in_progress", "ended")
OUTCOMES = ("completed", "failed", "canceled")
FILTERS = ("campaign", "phase", "outcome", "anomaly")


async def listing(request: Request) -> Response:
    """GET /calls."""
    asked = {name: request.query_params.get(name, "").strip() for name in (*FILTERS, "after")}
    found = await inside(request).get(request, "/v1/calls", **asked, limit=PAGE_CALLS)
    return page(
        request,
        "calls.html",
        found=found,
        entries=found["items"],
        asked=asked,
        phases=PHASES,
        outcomes=OUTCOMES,
        anomalies=ANOMALIES,
    )


async def show(request: Request) -> Response:
    """GET /calls/{id}?view=&step=&as_of=: `step` is the how manyth of its events was the last that was known."""
    api, path = inside(request), f"/v1/calls/{raw(request, 'id')}"
    view = request.query_params.get("view") or "compact"
    if view not in VIEWS:
        raise InvalidInput("view", f"is none of {', '.join(VIEWS)}")
    positions = [one["position"] for one in await _events(api, request, path)]
    step, as_of = _moment(request, positions)
    call, timeline, deliveries, events = await asyncio.gather(
        api.get(request, path, as_of=as_of),
        api.get(request, f"{path}/timeline", as_of=as_of),
        api.get(request, f"{path}/deliveries", as_of=as_of, limit=EVENTS_SHOWN_MAX),
        _events(api, request, path, as_of),
    )
    return page(
        request,
        "call.html",
        call=call,
        entries=timeline["entries"],
        steps=journey_steps(timeline["entries"]) if view == "compact" else [],
        lines=journey_lines(timeline["entries"], deliveries["items"]) if view == "timeline" else None,
        events=[{**one, "text": _text(one["body"])} for one in events] if view == "full" else [],
        deliveries=deliveries["items"],
        view=view,
        views=VIEWS,
        step=step,
        steps_in_all=len(positions),
        as_of=as_of,
        known_at=events[-1]["recorded_at"] if events else None,
        insights={kind: {**one, "text": _text(one["data"])} for kind, one in call["insights"].items()},
    )


def _moment(request: Request, positions: Sequence[int]) -> tuple[int, str | None]:
    """Which of the call's events is the last that is shown, and the moment that this is; None for now."""
    asked = request.query_params
    last = len(positions)
    if text := asked.get("step"):
        if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= max(last, 1)):
            raise InvalidInput("step", f"must be a whole number from 1 to {last}")
        return int(text), str(positions[int(text) - 1]) if int(text) < last else None
    as_of = asked.get("as_of") or None
    if as_of is not None and as_of.isascii() and as_of.isdigit() and len(as_of) <= 15:
        return sum(position <= int(as_of) for position in positions), as_of
    return last, as_of


async def _events(api: Inside, request: Request, path: str, as_of: object = None) -> list[Json]:
    found = await api.get(request, f"{path}/events", as_of=as_of, limit=EVENTS_SHOWN_MAX)
    return list(found["items"])


def _text(data: Json) -> str:
    return "" if data is None else indented(data)


HANDLERS: list[tuple[str, list[str], Any]] = [("/calls", ["GET"], listing), ("/calls/{id}", ["GET"], show)]
