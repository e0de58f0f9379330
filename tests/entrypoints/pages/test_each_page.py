import re
from pathlib import Path

import pytest

from application.queries.standing import FIGURES
from domain.events import EVENTS
from entrypoints.pages.guard import SECURITY_HEADERS
from entrypoints.pages.rendering import STATIC
from tests.entrypoints.pages.staging import ACT_PAGES, GUARDED, PAGES, ROLES, fill, load, read, sign_in
from tests.entrypoints.serving import FROM, OPERATOR, OTHER, TO, Serving, play
from tests.entrypoints.shared_stage import Play

PERSONAL = {
    "a number": TO[1:],
    "our number": FROM[1:],
    "another number": OTHER[1:],
    "a variable": "Ada Lovelace",
    "digits": "31415926",
    "what the provider sent": "said-by-the-provider",
    "why a person is suppressed": "asked by phone",
    "why a delivery could not be read": "is not JSON",
    "where a system of the user's own is": "token=inner",
    "what that system answered": "said by your own system",
}
PAGES_OF_NOTHING = ["/", "/campaigns", "/calls", "/deliveries", "/subscriptions", "/integrity", "/compare"]
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize("role", ROLES)
def test_each_page_is_well_formed_and_named_for_each_role(looking: Play, role: str) -> None:
    async def scene(stage: Serving) -> None:
        stored = stage.feed()
        await sign_in(stage, role)
        pages = [*PAGES, *(ACT_PAGES if role == "operator" else ())]
        for page in pages:
            path = page.replace(TO, stage.known_as(TO)) if role == "viewer" else page
            html = await load(stage, path)
            reader = read(html)
            assert (path, reader.faults) == (path, [])
            assert {"html", "main", "h1", "nav"} <= set(reader.tags)
            assert 'lang="en"' in html
        assert stage.feed() == stored

    looking(scene)


@pytest.mark.parametrize("path", PAGES_OF_NOTHING)
def test_where_there_is_nothing_yet_a_page_says_so(tmp_path: Path, path: str) -> None:
    async def scene(stage: Serving) -> None:
        html = await load(stage, path)
        assert read(html).faults == []
        assert 'class="empty"' in html or path == "/compare"

    play(tmp_path, scene)


def test_every_answer_has_the_headers_that_bind_a_browser(looking: Play) -> None:
    async def scene(stage: Serving) -> None:
        open_paths = ["/sign-in", "/static/style.css", "/static/live.js", "/static/nothing.css"]
        answers = [await stage.client.get(path) for path in open_paths]
        answers.append(await stage.client.get("/"))
        answers.append(await stage.client.get("/nowhere", headers={"accept": "text/html"}))
        await sign_in(stage, "operator")
        answers += [await stage.client.get(path) for path in (*PAGES, *ACT_PAGES, "/calls/unknown", "/calls?phase=x")]
        answers.append(await stage.client.post("/campaigns/spring_followup/pause"))
        for answer in answers:
            assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
            assert answer.headers["content-security-policy"] == CSP
            is_static = str(answer.url.path).startswith("/static/") and answer.status_code == 200
            assert ("no-store" in answer.headers["cache-control"]) == (not is_static)
            assert answer.headers["x-request-id"]

    looking(scene)


def test_no_page_has_a_script_a_style_or_an_address_of_its_own(looking: Play) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        for path in (*PAGES, *ACT_PAGES):
            reader = read(await load(stage, path))
            assert "style" not in reader.tags
            for tag, name, value in reader.attributes:
                assert name != "style"
                assert not name.startswith("on")
                if name in {"href", "src", "action"}:
                    assert re.match(r"/(?!/)|#", value), (path, tag, value)
            scripts = [value for tag, name, value in reader.attributes if (tag, name) == ("script", "src")]
            assert (reader.tags.count("script"), len(scripts)) == (1, 1)
        script = (STATIC / "live.js").read_text()
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script)

    looking(scene)


def test_viewers_see_masked_numbers_and_nothing_that_was_said_on_any_page(looking: Play) -> None:
    async def scene(stage: Serving) -> None:
        seen = {}
        for role in ROLES:
            await sign_in(stage, role)
            pages = [path for path in PAGES if TO not in path]
            person = await load(stage, f"/campaigns/spring_followup/recipients/{stage.known_as(TO)}")
            seen[role] = "".join([person, *[await load(stage, path) for path in pages]])
        by_role = {role: {what for what, secret in PERSONAL.items() if secret in text} for role, text in seen.items()}
        assert by_role == {"operator": set(PERSONAL), "auditor": set(PERSONAL), "viewer": set()}
        assert "+15…02" in seen["viewer"]

    looking(scene)


def test_viewers_ask_for_nobody_by_number_and_come_to_people_from_the_list(looking: Play) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "viewer")
        here = "/campaigns/spring_followup/recipients"
        for path in (f"{here}/{TO}", f"{here}?number=%2B{TO[1:]}", f"{here}?number=%2B15551239999"):
            assert (await stage.client.get(path)).status_code == 403
        html = await load(stage, here)
        assert 'name="number"' not in html
        assert f'href="{here}/{stage.known_as(TO)}"' in html
        assert "+15…02" in await load(stage, f"{here}/{stage.known_as(TO)}")

    looking(scene)


def test_what_a_page_shows_is_what_the_api_answers_the_same_caller(looking: Play) -> None:
    async def scene(stage: Serving) -> None:
        for role in ROLES:
            await sign_in(stage, role)
            standing = await stage.json("/v1/campaigns/spring_followup/standing")
            html = await load(stage, "/campaigns/spring_followup")
            figures = dict(re.findall(r'id="figure-([a-z-]+)"><dt>[^<]*</dt><dd>([\d,]+)</dd>', html))
            assert figures == {name.replace("_", "-"): str(standing[name]) for name in FIGURES}
            found = await stage.json("/v1/campaigns/spring_followup/recipients")
            listed = await load(stage, "/campaigns/spring_followup/recipients")
            shown = re.findall(r'<th scope="row"[^>]*>(?:<a [^>]*>)?([^<]+)(?:</a>)?</th>', listed)
            assert shown == [one["number"] for one in found["items"]]

    looking(scene)


def test_an_error_is_a_page_that_says_what_to_do(looking: Play) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        wanted = {
            "/campaigns/nothing": (404, "campaign list"),
            "/calls/nothing": (404, "no call with this id is in the ledger"),
            "/calls/call_1?view=x": (400, "is none of timeline, compact, full"),
            "/calls/call_1?step=99": (400, "must be a whole number from 1 to"),
            "/calls/call_1?as_of=x": (400, "neither a position nor an instant"),
            "/calls?phase=x": (400, "is none of"),
            "/campaigns/spring_followup/recipients?number=12": (400, "number"),
            "/campaigns/spring_followup/recipients?status=x": (400, "is none of"),
            f"/campaigns/spring_followup/recipients/{FROM}": (404, "not enrolled"),
            "/deliveries?since=x": (400, "neither a position nor an instant"),
        }
        for path, (status, says) in wanted.items():
            html = await load(stage, path, status)
            assert read(html).faults == []
            assert says in html, path
        answer = await stage.client.get("/no/such/page", headers={"accept": "text/html,*/*"})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
        program = await stage.client.get("/no/such/page")
        assert program.headers["content-type"] == "application/problem+json"
        assert (await stage.client.get("/v1/nothing", headers={"accept": "text/html", **OPERATOR})).json()[
            "status"
        ] == 404
        assert (await stage.client.delete("/calls")).status_code == 405

    looking(scene)


def test_pages_count_against_the_callers_requests_a_second(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "viewer")
        answers = [await stage.client.get("/compare") for _ in range(6)]
        assert [answer.status_code for answer in answers][:4] == [200] * 4
        assert (answers[-1].status_code, answers[-1].headers["retry-after"]) == (429, "1")
        assert "DIALTRAIL_API_REQUESTS_PER_SECOND" in answers[-1].text

    play(tmp_path, scene, **GUARDED, DIALTRAIL_API_REQUESTS_PER_SECOND="1")


def test_the_stylesheet_and_the_script_have_addresses_of_their_content(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        html = await load(stage, "/")
        for address in re.findall(r'"(/static/[^"]+)"', html):
            answer = await stage.client.get(address)
            assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
        for path in ("/static/../pages/guard.py", "/static/%2e%2e%2fpages%2fguard.py", "/static/base.html", "/static/"):
            assert (await stage.client.get(path)).status_code == 404

    play(tmp_path, scene)


def test_the_script_listens_to_every_event_that_changes_what_is_live() -> None:
    script = (STATIC / "live.js").read_text()
    named = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', script))
    unheard = {
        "limit.learned",
        "usage.observed",
        "divergence.observed",
    }
    assert named == EVENTS.keys() - unheard


def test_what_becomes_cards_says_by_role_what_it_is_and_names_each_value(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        await sign_in(stage, "operator")
        hours = {"id": "by_day", "from": FROM, "policy": {"hours": {"weekdays": ["09:00-20:00"]}}}
        assert (await stage.client.post("/v1/campaigns", json=hours, headers=OPERATOR)).status_code == 201
        seen = 0
        for path in (*PAGES, "/tokens", "/campaigns/by_day/plan"):
            for table in re.findall(r"<table[^>]*cards.*?</table>", await load(stage, path), re.DOTALL):
                seen += 1
                tags = re.findall(r"<(table|thead|tbody|tr|th|td)\b([^>]*)>", table)
                assert [tag for tag, said in tags if "role=" not in said] == []
                named = [
                    re.search(r'data-label="([^"]+)"', said)
                    for tag, said in tags
                    if tag == "td" and "track" not in said
                ]
                headers = {re.sub(r" \(.*", "", one) for one in re.findall(r'columnheader"[^>]*>([^<]*)', table)}
                assert {one[1] if one else None for one in named} <= headers
        assert seen > 16

    play(tmp_path, scene, **GUARDED)
