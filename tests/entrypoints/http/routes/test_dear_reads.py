"""What a request may cost: pages by their bytes, dear reads by their caller, large bodies off the event loop."""

import asyncio
import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from application.at_once import DEAR_READS_MAX
from application.queries import calls, deliveries, events
from application.queries.events import PAGE_BYTES_MAX
from application.queries.fitting import fitting
from entrypoints.http.routes import enrolment, judgement, people, plans, recipients, suppressions, views
from entrypoints.http.routes import events as event_routes
from entrypoints.http.rows import IMPORT_LINES_MAX
from tests.entrypoints.serving import AUDITOR, OPERATOR, TOKENS, WAIT_SECONDS_MAX, Serving, payload, play, until

LARGE = "x" * 900_000
AS_OF = "/v1/campaigns/spring_followup/recipients?as_of=1"


async def all_pages(stage: Serving, path: str) -> list[list[int]]:
    """The positions of each page, none of which is larger than a page may be."""
    pages: list[list[int]] = []
    after: str | None = "0"
    while after is not None:
        page = await stage.json(f"{path}?after={after}&limit=1000")
        assert len(json.dumps(page)) <= PAGE_BYTES_MAX * 1.01
        pages.append([item["position"] for item in page["items"]])
        after = page["next"]
    return pages


@pytest.mark.parametrize("path", ["/v1/events", "/v1/calls/call_1/events", "/v1/calls/call_1/deliveries"])
def test_pages_of_events_are_bounded_by_their_bytes_and_none_is_left_out(tmp_path: Path, path: str) -> None:
    async def scene(stage: Serving) -> None:
        for n in range(20):
            await stage.deliver(payload("call.note", seconds=n, data={"text": LARGE}))
        pages = await all_pages(stage, path)
        assert [position for page in pages for position in page] == list(range(1, 21))
        assert len(pages) > 1

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("module", "path", "name"),
    [
        (deliveries, "/v1/calls/call_1/deliveries", "position"),
        (deliveries, "/v1/deliveries", "position"),
        (deliveries, "/v1/deliveries?call=call_1", "position"),
        (calls, "/v1/calls", "call_id"),
    ],
)
def test_pages_of_deliveries_and_calls_are_bounded_so_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, path: str, name: str
) -> None:
    async def scene(stage: Serving) -> None:
        for n in range(5):
            await stage.deliver(payload("call.note", seconds=n, data={"text": "x" * 400}))
            await stage.deliver(payload("call.answered", f"call_{n + 2}", n))
        assert await stage.parts.projector.wait_for(stage.ledger.position, 5.0)
        (whole,) = await pages_of(stage, path, name)
        for bytes_max, largest in ((1, 1), (900, 4), (100_000, len(whole))):
            monkeypatch.setattr(module, "fitting", partial(fitting, bytes_max=bytes_max))
            found = await pages_of(stage, path, name)
            assert [item for page in found for item in page] == whole
            assert max(len(page) for page in found) <= largest

    play(tmp_path, scene)


async def pages_of(stage: Serving, path: str, name: str) -> list[list[Any]]:
    """What each page has under `name`."""
    pages: list[list[Any]] = []
    after: str | None = "0"
    while after is not None:
        page = await stage.json(f"{path}{'&' if '?' in path else '?'}after={after}&limit=1000")
        pages.append([item[name] for item in page["items"]])
        after = page["next"]
    return pages


def test_an_event_that_is_larger_than_a_page_is_a_page_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PAGE_BYTES_MAX", 1_000)

    async def scene(stage: Serving) -> None:
        for n in range(3):
            await stage.deliver(payload("call.note", seconds=n, data={"text": "x" * 5_000}))
        for path in ("/v1/events", "/v1/calls/call_1/events"):
            assert await all_pages(stage, path) == [[1], [2], [3]]

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("module", "name", "path"),
    [
        (plans, "preflight_now", "/v1/campaigns/spring_followup/preflight"),
        (recipients, "recipients_page", AS_OF),
        (event_routes, "feed", "/v1/events"),
        (judgement, "compared_decisions", "/v1/decisions/compare"),
        (views, "compared_views", "/v1/views/compare"),
        (people, "person_at", "/v1/people/%2B15551230002"),
    ],
)
def test_a_caller_has_few_dear_reads_at_once_and_leaves_the_others_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, path: str
) -> None:
    asked, may_answer = [], threading.Event()
    read: Callable[..., Any] = getattr(module, name)

    def waiting(*given: Any, **named: Any) -> Any:
        asked.append(given)
        assert may_answer.wait(WAIT_SECONDS_MAX)
        return read(*given, **named)

    async def scene(stage: Serving) -> None:
        await stage.client.post(
            "/v1/campaigns", json={"id": "spring_followup", "from": "+15551230001"}, headers=OPERATOR
        )
        one = {"import": "test", "recipients": [{"number": "+15551230002"}]}
        await stage.client.post("/v1/campaigns/spring_followup/recipients", json=one, headers=OPERATOR)
        monkeypatch.setattr(module, name, waiting)
        under_way = [asyncio.create_task(stage.client.get(path, headers=AUDITOR)) for _ in range(DEAR_READS_MAX)]
        await until(lambda: len(asked) == DEAR_READS_MAX)
        refused = await stage.client.get(path, headers=AUDITOR)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["type"] == "urn:dialtrail:problem:too-many-requests"
        another = asyncio.create_task(stage.client.get(path, headers=OPERATOR))
        await until(lambda: len(asked) == DEAR_READS_MAX + 1)
        may_answer.set()
        assert [one.status_code for one in await asyncio.gather(another, *under_way)] == [200] * (DEAR_READS_MAX + 1)
        assert (await stage.client.get(path, headers=AUDITOR)).status_code == 200

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_what_is_cheap_is_not_counted(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign()
        asked = [stage.client.get("/v1/campaigns/spring_followup/recipients") for _ in range(3 * DEAR_READS_MAX)]
        assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}

    play(tmp_path, scene)


ROWS = json.dumps({"recipients": [{"number": "+15551230002"}]}).encode()
LIST = json.dumps({"suppressions": [{"number": "+15551230002"}]}).encode()
CSV = b"number\n+15551230002\n"


@pytest.mark.parametrize(
    ("module", "path", "body", "kind"),
    [
        (enrolment, "/v1/campaigns/spring_followup/recipients", CSV, "text/csv"),
        (enrolment, "/v1/campaigns/spring_followup/recipients", ROWS, "application/json"),
        (suppressions, "/v1/suppressions", CSV, "text/csv"),
        (suppressions, "/v1/suppressions", LIST, "application/json"),
    ],
)
def test_rows_are_read_in_another_thread_than_webhooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, path: str, body: bytes, kind: str
) -> None:
    read_in: list[int] = []
    sort_out = module._sorted_out

    def watched(*given: Any) -> Any:
        read_in.append(threading.get_ident())
        return sort_out(*given)

    monkeypatch.setattr(module, "_sorted_out", watched)

    async def scene(stage: Serving) -> None:
        await stage.campaign(start=False)
        answer = await stage.client.post(path, content=body, headers={"content-type": kind})
        assert answer.json()["rows"] == 1
        assert len(read_in) == 1
        assert read_in[0] != threading.get_ident()

    play(tmp_path, scene)


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("path", ["/v1/campaigns/spring_followup/recipients", "/v1/suppressions"])
def test_a_body_of_empty_lines_is_refused_before_it_is_read_line_by_line(tmp_path: Path, end: bytes, path: str) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(start=False)
        csv, rows = {"content-type": "text/csv"}, CSV.replace(b"\n", end)
        answer = await stage.client.post(path, content=rows + end * IMPORT_LINES_MAX, headers=csv)
        assert answer.status_code == 413
        assert f"at most {IMPORT_LINES_MAX}; take empty ones out" in answer.json()["detail"]
        enough = await stage.client.post(path, content=rows + end * (IMPORT_LINES_MAX - 10), headers=csv)
        assert enough.json()["rows"] == 1

    play(tmp_path, scene)
