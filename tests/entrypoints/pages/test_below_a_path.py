"""Dialtrail below a path of its host: nothing that it answers leads out of it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from entrypoints import pages
from entrypoints.doctor.answer_part import answer_findings
from entrypoints.doctor.webhook_part import webhook_findings
from entrypoints.settings import load_settings
from tests.application.log_keeping.ledgers import signed
from tests.entrypoints.doctor.test_webhook_part import ask_of
from tests.entrypoints.http.answer.asking import NO_WAIT, ask, campaign, redirect_of, said
from tests.entrypoints.http.routes.stream_reader import reading
from tests.entrypoints.pages.staging import ACT_PAGES, GUARDED, PAGES, TOKEN_OF, fill, form_token, read
from tests.entrypoints.serving import OPERATOR, Serving, on_a_socket, payload, play, signature

# The hard one: it has the name of a page.
BELOW = "/calls"
OUTSIDE = "https://example.org"
ENVIRON = {**GUARDED, "DIALTRAIL_PUBLIC_URL": f"{OUTSIDE}{BELOW}", "DIALTRAIL_ANSWER_TOKEN": "a-token-of-answers"}
STATIC = Path(pages.__file__).parent / "static"
LEADING = {"href", "src", "action", "formaction"}
KEEPS_NOTHING_OPEN = {"connection": "close"}


def leaving(html: str, below: str = BELOW) -> list[tuple[str, str, str]]:
    """What leads out of the path."""
    leading = [one for one in read(html).attributes if one[1] in LEADING and one[2].startswith("/")]
    return [one for one in leading if not one[2].startswith(f"{below}/")]


def kind_of(link: str) -> tuple[str, ...]:
    """What is the same of links to pages of one kind, whatever they are about."""
    first, below, *others = urlsplit(link).path.split("/")
    return first, below, str(len(others)), *others[:1], *others[-1:]


async def sign_in(stage: Serving, below: str = BELOW) -> httpx.Response:
    answer = await stage.client.post(f"{below}/sign-in", data={"token": TOKEN_OF["operator"], "next": "/"})
    assert answer.status_code == 303, answer.text
    # The public address is HTTPS, and the test's is not.
    for cookie in stage.client.cookies.jar:
        cookie.secure = False
    return answer


def test_no_page_leads_out_and_each_link_leads_somewhere(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        signed(stage.folder, stage.folder)
        await sign_in(stage)
        links: dict[tuple[str, ...], str] = {}
        for page in [*PAGES, *ACT_PAGES, "/campaigns/unknown", "/tokens", "/time-zone"]:
            answer = await stage.client.get(BELOW + page)
            assert answer.status_code == (404 if page.endswith("unknown") else 200), page
            assert (page, leaving(answer.text)) == (page, [])
            found = [one[2].partition("#")[0] for one in read(answer.text).attributes if one[:2] == ("a", "href")]
            links |= {kind_of(one): one for one in found if one.startswith("/")}
        for kind, link in links.items():
            assert kind[:2] == ("", BELOW[1:]), link
            answer = await stage.client.get(link)
            assert (link, answer.status_code) in {(link, 200), (link, 303)}
            assert answer.headers.get("location", f"{BELOW}/").startswith(f"{BELOW}/"), link

    play(tmp_path, scene, **ENVIRON)


def test_redirects_and_cookies_stay_below_the_path(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        sent = await stage.client.get(f"{BELOW}/calls?campaign=a")
        assert sent.headers["location"] == f"{BELOW}/sign-in?next=%2Fcalls%3Fcampaign%3Da"
        done = await stage.client.post(f"{BELOW}/sign-in", data={"token": "command-token", "next": "/calls?campaign=a"})
        assert done.headers["location"] == f"{BELOW}/calls?campaign=a"
        entered = await sign_in(stage)
        assert entered.headers["location"] == f"{BELOW}/"
        assert "; Path=/calls;" in entered.headers["set-cookie"]
        html = (await stage.client.get(f"{BELOW}/time-zone?next=/campaigns")).text
        fields = {"form_token": form_token(html), "zone": "Europe/Berlin", "next": "/campaigns"}
        chosen = await stage.client.post(f"{BELOW}/time-zone", data=fields)
        assert chosen.headers["location"] == f"{BELOW}/campaigns"
        assert "; Path=/calls;" in chosen.headers["set-cookie"]
        found = await stage.client.get(f"{BELOW}/search?q=call_1")
        assert found.headers["location"] == f"{BELOW}/calls/call_1"
        rebuilt = await stage.client.post(f"{BELOW}/integrity/rebuild", data={"form_token": fields["form_token"]})
        assert rebuilt.headers["location"] == f"{BELOW}/integrity"
        left = await stage.client.post(f"{BELOW}/sign-out", data={"form_token": fields["form_token"]})
        assert left.headers["location"] == f"{BELOW}/sign-in"
        assert "; Path=/calls;" in left.headers["set-cookie"]

    play(tmp_path, scene, **ENVIRON)


def test_the_description_names_the_path_and_programs_on_this_machine_come_without_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for path in (f"{BELOW}/openapi.json", "/openapi.json"):
            described = await stage.client.get(path, headers=OPERATOR)
            assert described.json()["servers"] == [{"url": BELOW}]
        for path in (f"{BELOW}/v1/campaigns", "/v1/campaigns", f"{BELOW}/health/live", "/health/live", "/metrics"):
            assert (await stage.client.get(path, headers=OPERATOR)).status_code == 200, path
        assert (await stage.client.get(f"{BELOW}/v1/campaigns")).status_code == 401
        assert (await stage.client.get("/nowhere/v1/campaigns", headers=OPERATOR)).status_code == 404
        assert stage.parts.installation.webhook_url == f"{OUTSIDE}{BELOW}/webhooks/minivoice"

    play(tmp_path, scene, **ENVIRON)


@pytest.mark.parametrize("file", sorted(STATIC.glob("*.[jc]s*")), ids=lambda file: file.name)
def test_no_script_or_style_knows_an_address(file: Path) -> None:
    """They have it from their page, or beside them."""
    assert re.findall(r"""["'`(]/[a-z][^"'`) ]*""", file.read_text()) == []


def test_a_call_goes_on_below_the_path(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        first = redirect_of(await ask(stage, f"{BELOW}/answer/{ENVIRON['DIALTRAIL_ANSWER_TOKEN']}?call_id=call_1"))
        assert first.startswith(f"{OUTSIDE}{BELOW}/answer/{ENVIRON['DIALTRAIL_ANSWER_TOKEN']}?")
        assert said(await ask(stage, first.removeprefix(OUTSIDE))) == ["We call again."]

    play(tmp_path, scene, **{**ENVIRON, **NO_WAIT, "DIALTRAIL_TOKENS": ""})


def test_doctor_finds_the_way_in_through_a_proxy(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage, **ENVIRON):
            direct, here = stage.client, str(stage.client.base_url).rstrip("/")
            async with proxy(stage, BELOW, strips=False) as client:
                public = str(client.base_url).rstrip("/") + BELOW
                settings = load_settings(
                    {**ENVIRON, "DIALTRAIL_PUBLIC_URL": public, "MINIVOICE_WEBHOOK_SECRET": str(stage.secret)}
                )
                ask_ledger = ask_of(direct, OPERATOR)
                found = await webhook_findings(settings, here, client, ask_ledger, stage.clock.now)
                found += await answer_findings(settings, here, client)
        assert [(one.level, public in one.what) for one in found] == [("ok", False), ("ok", True), ("ok", True)]

    play(tmp_path, scene, **ENVIRON)


@asynccontextmanager
async def proxy(stage: Serving, below: str, *, strips: bool) -> AsyncIterator[httpx.AsyncClient]:
    """A reverse proxy on a socket of its own, which may take the path off what it passes on."""
    upstream = stage.client.base_url

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while chunk := await source.read(65_536):
            sink.write(chunk)
            await sink.drain()
        sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        their_reader, their_writer = await asyncio.open_connection(upstream.host, upstream.port)
        if strips:
            line = line.replace(f" {below} ".encode(), b" / ", 1).replace(f" {below}".encode(), b" ", 1)
        their_writer.write(line + b"X-Forwarded-For: 192.0.2.1\r\n")
        await asyncio.gather(pump(reader, their_writer), pump(their_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    direct = stage.client
    async with server, httpx.AsyncClient(base_url=url, trust_env=False, headers=KEEPS_NOTHING_OPEN) as stage.client:
        yield stage.client
    stage.client = direct


@pytest.mark.parametrize(("below", "strips"), [("/calls", False), ("/dialtrail", False), ("/dialtrail", True)])
def test_pages_streams_webhooks_and_answers_come_through_a_proxy(tmp_path: Path, below: str, strips: bool) -> None:
    environ = {**ENVIRON, "DIALTRAIL_PUBLIC_URL": f"{OUTSIDE}{below}"}

    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage, **environ), proxy(stage, below, strips=strips) as client:
            await sign_in(stage, below)
            for page in ("", "/", "/campaigns", "/calls"):
                answer = await client.get(below + page)
                assert (page, answer.status_code, leaving(answer.text, below)) == (page, 200, [])
            html = (await client.get(below)).text
            script = next(one[2] for one in read(html).attributes if one[:2] == ("script", "src"))
            assert (await client.get(script)).headers["content-type"].startswith("text/javascript")
            body = payload("call.completed")
            headers = {"content-type": "application/json", **signature(str(stage.secret), body)}
            delivered = await client.post(f"{below}/webhooks/minivoice", content=body, headers=headers)
            assert delivered.status_code == 204, delivered.text
            said = await client.get(f"{below}/answer/{ENVIRON['DIALTRAIL_ANSWER_TOKEN']}", params={"call_id": "a"})
            assert said.status_code == 200
            async with reading(stage, f"{below}/v1/stream?after=0", **OPERATOR) as reader:
                assert len(await reader.events(1)) == 1

    play(tmp_path, scene, **environ)
