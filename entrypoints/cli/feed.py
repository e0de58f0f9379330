"""Deliveries out of what the API answers, as they came: a call's, or page after page all that are in the ledger."""

from base64 import b64decode
from collections import OrderedDict
from datetime import datetime
from typing import Any

import msgspec

from adapters.capture_file import Captured
from domain import call
from domain.call import CallHistory
from domain.errors import NotFound
from domain.events import EVENTS
from domain.quarantine import DeliveryQuarantined
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.failure import CommandFailed

PAGE_EVENTS = 200
RECENT_BODIES_BYTES_MAX = 4_000_000
QUARANTINED = DeliveryQuarantined.NAME
REDELIVERED = call.CallRedelivered.NAME


async def deliveries_of(api: Api, call_id: str) -> list[Captured]:
    """A call's deliveries, in the order in which they came."""
    return [_captured(item) for item in await api.all_items(path_of("calls", call_id, "deliveries"))]


async def history_of(api: Api, call_id: str) -> CallHistory:
    """A call as the ledger knows it; nothing of one that it does not know."""
    history = call.INITIAL
    try:
        items = await api.all_items(path_of("calls", call_id, "events"))
    except NotFound:
        return history
    for item in items:
        history = call.evolve(
            history, _event(item), datetime.fromisoformat(item.get("clock_at") or item["recorded_at"])
        )
    return history


class Feed:
    """Deliveries after a position, one call's or everybody's, a page at a time; `position` is how far it has come.

    Of a delivery that came again the feed has no body: it is remembered for a while, and asked for where it is not.
    """

    def __init__(self, api: Api, call_id: str | None, after: int) -> None:
        self.position = after
        self._api = api
        self._call_id = call_id
        self._bodies: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._bytes = 0

    async def more(self) -> tuple[list[Captured], bool]:
        """Those of the next page, which may be none, and whether there is more already."""
        return await (self._of_all() if self._call_id is None else self._of_call(self._call_id))

    async def _of_call(self, call_id: str) -> tuple[list[Captured], bool]:
        page = await self._page(path_of("calls", call_id, "deliveries"))
        return [_captured(item) for item in page["items"]], page["next"] is not None

    async def _of_all(self) -> tuple[list[Captured], bool]:
        page = await self._page(path_of("events"))
        found = [await self._delivery(item) for item in page["items"]]
        return [one for one in found if one is not None], page["next"] is not None

    async def _page(self, path: str) -> Json:
        page = await self._api.get_again(path, after=self.position, limit=PAGE_EVENTS)
        if page["items"]:
            self.position = page["items"][-1]["position"]
        return page

    async def _delivery(self, item: Json) -> Captured | None:
        body: Json = _hidden() if item["body"] is None else item["body"]
        if item["event"] == QUARANTINED:
            event: Any = _event(item)
            return Captured(received_at=_came_at(item), headers=event.headers, body=event.body)
        if item["event"] == REDELIVERED:
            key = (item["stream"], body["digest"])
            known = self._bodies.get(key)
            return await self._asked(item) if known is None else _with_body(item, known)
        if body.get("source") != "webhook":
            return None
        came = _bytes(body["body"], body.get("raw"))
        self._remember((item["stream"], body["digest"]), came)
        return _with_body(item, came)

    async def _asked(self, item: Json) -> Captured | None:
        path = path_of("calls", item["stream"].partition(":")[2], "deliveries")
        found = (await self._api.get_again(path, after=item["position"] - 1, limit=1))["items"]
        return _captured(found[0]) if found and found[0]["position"] == item["position"] else None

    def _remember(self, key: tuple[str, str], came: bytes) -> None:
        if key not in self._bodies:
            self._bodies[key] = came
            self._bytes += len(came)
        while self._bytes > RECENT_BODIES_BYTES_MAX:
            self._bytes -= len(self._bodies.popitem(last=False)[1])


def _with_body(item: Json, came: bytes) -> Captured:
    return Captured(received_at=_came_at(item), headers=item["body"].get("headers", {}), body=came)


def _hidden() -> Json:
    raise CommandFailed("deliveries are not shown to viewers; use the token of an auditor")


def _captured(item: Json) -> Captured:
    if item["body"] is None:
        _hidden()
    came = _bytes(item["body"], item.get("body_base64"))
    return Captured(received_at=_came_at(item), headers=item["headers"], body=came)


def _bytes(text: str, in_base64: str | None) -> bytes:
    return text.encode() if in_base64 is None else b64decode(in_base64)


def _came_at(item: Json) -> datetime:
    told = item.get("received_at") or item.get("metadata", {}).get("received_at") or item["recorded_at"]
    return datetime.fromisoformat(told)


def _event(item: Json) -> Any:
    if item["body"] is None:
        _hidden()
    return msgspec.convert(item["body"], EVENTS[item["event"]], strict=False)
