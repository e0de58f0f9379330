import re
from pathlib import Path

from starlette.routing import Route

from adapters.ledger.recorder import PROBE_BYTES
from adapters.ledger.writer import A_COMMIT_SECONDS_MAX, PROBE_SECONDS
from adapters.log_lines import FLUSH_SECONDS_MAX, GATHER_SECONDS, LINES_WAITING_MAX
from adapters.minivoice_webhook import BODY_BYTES_MAX
from adapters.provider_answer import ProviderAnswer
from application.workers.insights import CALLS_AWAITED_MAX, READS_PER_SECOND, TRY_AFTER
from domain.events import EVENTS
from domain.status import STATUSES
from entrypoints.http.api import ApiRoutes
from entrypoints.http.parameters import PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX
from entrypoints.http.rows import IMPORT_BYTES_MAX, IMPORT_ROWS_MAX
from entrypoints.http.webhooks import WEBHOOK_PATH
from entrypoints.settings import VARIABLES
from projections.insights_due import LOOKED_BACK_MAX
from projections.recorded_call import RECORDINGS_BEGIN_ANEW_MAX
from tests.entrypoints.serving import SPRING, Serving, payload, play, until

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| (`[A-Z]+ /[^|]*) \|", re.MULTILINE)
NAME = re.compile(r"`([^`]+)`")


def page(name: str) -> str:
    return (DOCS / name).read_text()


def documented_routes() -> list[str]:
    """Each `METHOD /path` of the table; more names in a row stand for the path's last part."""
    routes: list[str] = []
    for cell in ROW.findall(page("api.md")):
        first, *others = NAME.findall(cell)
        path = first.partition("?")[0]
        routes += [path, *(f"{path.rpartition('/')[0]}/{other}" for other in others)]
    return routes


def first_cells(name: str) -> list[str]:
    """What stands in backticks in the first cell of each row of the page's tables."""
    rows = [line for line in page(name).splitlines() if line.startswith("|")]
    return [found for row in rows for found in NAME.findall(row.split("|")[1])]


def test_the_api_page_has_every_route_once_and_no_other(tmp_path: Path) -> None:
    served: list[str] = []

    async def scene(stage: Serving) -> None:
        api = stage.parts.app._guarded._app
        assert isinstance(api, ApiRoutes)
        served.append(f"POST {WEBHOOK_PATH}")
        for route in api.routes:
            assert isinstance(route, Route)
            served.extend(f"{method} {route.path}" for method in (route.methods or set()) - {"HEAD"})

    play(tmp_path, scene)
    assert sorted(documented_routes()) == sorted(served)


def test_the_api_page_has_the_limits_and_statuses_that_the_code_has() -> None:
    text = " ".join(page("api.md").split())
    assert f"`limit` ≤ {PAGE_ITEMS_MAX}, default {PAGE_ITEMS_DEFAULT}" in text
    assert f"At most {IMPORT_ROWS_MAX:,} rows and {IMPORT_BYTES_MAX // 2**20} MiB a request" in text
    assert f"413: larger than {BODY_BYTES_MAX // 2**20} MiB" in text
    shown = re.search(r'"recipients": (\{.*?\})', text)
    assert shown
    assert re.findall(r'"(\w+)": \d+', shown[1]) == list(STATUSES)


def test_every_setting_is_on_the_operating_page_and_no_other() -> None:
    named = [name for name in first_cells("operating.md") if name.startswith(("DIALTRAIL_", "MINIVOICE_"))]
    assert sorted(named) == sorted(VARIABLES)


def test_no_page_names_a_setting_that_is_none() -> None:
    pages = [*DOCS.glob("*.md"), DOCS.parent / "README.md"]
    written = {name for one in pages for name in re.findall(r"`((?:DIALTRAIL|MINIVOICE)_[A-Z_]+)`", one.read_text())}
    assert written - set(VARIABLES) == set()


def test_every_metric_is_on_the_operating_page_with_its_labels_and_no_other(tmp_path: Path) -> None:
    served: dict[str, set[str]] = {}

    async def scene(stage: Serving) -> None:
        provider = ProviderAnswer(operation="place_call", call_id=None, status=500, code=None, seconds=0.1)
        stage.parts.metrics.provider_answered(provider)
        stage.parts.metrics.bad_request("silent")
        stage.parts.metrics.lookup("call", 0.1)
        stage.parts.metrics.agents_asked("told")
        plan = {"id": "spring", "from": {"pool": ["+15551230001"]}, "agents": {}}
        assert (await stage.client.post("/v1/campaigns", json=plan)).is_success
        assert (await stage.client.put("/v1/campaigns/spring/agents", json={"free": 1})).is_success
        assert (await stage.client.post("/v1/campaigns/spring/start")).is_success
        await stage.deliver(payload("call.answered"))
        await stage.deliver(payload("call.gathered", data={"digits": 9}))
        await stage.client.get("/v1/campaigns")
        await stage.client.get("/answer")
        clock = {"zone": "Europe/Berlin", "pause": ["12:00"]}
        await stage.client.post("/v1/campaigns", json={**SPRING, "id": "by_the_clock", "schedule": clock})
        await until(lambda: "by_the_clock" in stage.parts.in_flight.campaigns)
        await stage.client.post("/v1/subscriptions", json={"id": "crm", "url": "https://[2606:4700:4700::1111]/"})
        assert stage.parts.subscriptions is not None
        await stage.parts.subscriptions.measure()
        for family in stage.parts.metrics.collect():
            labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            served[f"{family.name}_total" if family.type == "counter" else family.name] = labels

    play(tmp_path, scene)
    rows = [line.split("|") for line in page("operating.md").splitlines() if line.startswith("| `dialtrail_")]
    documented = {NAME.findall(row[1])[0]: set(NAME.findall(row[2])) for row in rows}
    assert documented == served
    assert len(rows) == len(documented)


def test_the_operating_page_has_the_bounds_of_logs_and_probes_that_the_code_has() -> None:
    text = " ".join(page("operating.md").split())
    assert f"At most {LINES_WAITING_MAX:,} wait" in text
    assert f"for at most {FLUSH_SECONDS_MAX:g} seconds" in text
    assert f"some {GATHER_SECONDS * 1000:g} ms of them" in text
    assert f"tries every {PROBE_SECONDS:g} seconds to write {PROBE_BYTES // 1024} KiB" in text
    assert f"has not ended for more than {A_COMMIT_SECONDS_MAX:g} seconds" in text


def test_the_operating_page_says_when_ai_results_are_asked_for_and_how_many() -> None:
    text = " ".join(page("operating.md").split())
    units = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    words = []
    for after in TRY_AFTER:
        seconds = int(after.total_seconds())
        size, unit = next((s, u) for s, u in units if seconds % s == 0 and (s != 86_400 or seconds > s))
        words.append(f"{seconds // size} {unit}{'s' if seconds > size else ''}")
    assert f"asks for each kind {', '.join(words[:-1])} and {words[-1]} after the end" in text
    assert f"(at most {RECORDINGS_BEGIN_ANEW_MAX} times)" in text
    assert f"At most {READS_PER_SECOND:g} questions a second leave" in text
    assert f"of more than {CALLS_AWAITED_MAX:,} calls that wait" in text
    assert f"heard in the last {LOOKED_BACK_MAX.days} days" in text


def test_every_event_is_on_the_events_page() -> None:
    assert EVENTS.keys() - set(NAME.findall(page("events.md"))) == set()


def test_the_events_pages_tables_name_no_event_that_is_none() -> None:
    dotted = {name for name in first_cells("events.md") if re.fullmatch(r"[a-z]+\.[a-z_]+", name)}
    assert dotted - EVENTS.keys() == set()
