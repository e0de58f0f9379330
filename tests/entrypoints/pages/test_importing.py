"""Recipients out of a file, on the pages: looked at first, enrolled only after a yes, complained of row by row."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from application.at_once import DEAR_READS_MAX
from application.commands.recipients import suppress_recipient
from domain.recipient import RecipientEnrolled
from entrypoints.http.routes import enrolment
from entrypoints.pages.complaint_words import on_a_page
from entrypoints.pages.uploads import KEPT_FOR
from tests.entrypoints.pages.campaign_page import PAGE, made
from tests.entrypoints.pages.staging import GUARDED, form_token, load, sign_in
from tests.entrypoints.serving import OPERATOR, OTHER, TO, WAIT_SECONDS_MAX, Serving, play, until

IMPORT = f"{PAGE}/import"
CSV = f"phone,name\n{TO},Ada\n12,Bob\n{OTHER},Cleo\n{OTHER},Cleo\n".encode()


async def staged(stage: Serving, role: str = "operator") -> None:
    stage.client.headers.update(OPERATOR)
    await made(stage)
    del stage.client.headers["authorization"]
    await sign_in(stage, role)


async def sent(
    stage: Serving, content: bytes, columns: str = "phone=number", region: str = "", status: int = 200
) -> str:
    """A file sent to be looked at; the page that answers."""
    token = form_token(await load(stage, IMPORT))
    files = {"file": ("people.csv", content, "text/csv")}
    answer = await stage.client.post(
        IMPORT, data={"form_token": token, "columns": columns, "region": region}, files=files
    )
    assert answer.status_code == status, answer.text
    return answer.text


def action(html: str) -> str:
    return html.partition(f'action="{IMPORT}/')[2].partition('"')[0]


def test_a_file_is_looked_at_first_and_enrolled_after_a_yes(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        assert f'href="{IMPORT}"' in await load(stage, f"{PAGE}/recipients")
        stored = len(stage.feed())
        html = await sent(stage, CSV)
        assert "Enrol 2 people in spring_followup?" in html
        assert "variable name" in html
        assert "line 3" in html
        assert "repeats the number of line 4" in html
        assert len(stage.feed()) == stored
        path, token = f"{IMPORT}/{action(html)}", {"form_token": form_token(html)}
        done = await stage.client.post(path, data=token)
        assert "2 people were enrolled in spring_followup" in done.text
        assert ("line 3" in done.text, "repeats the number of line 4" in done.text) == (True, True)
        new = stage.feed()[stored:]
        assert [one.event.number for one in new if isinstance(one.event, RecipientEnrolled)] == [TO, OTHER]
        assert {one.metadata["actor"] for one in new} == {"operator:olga"}
        again = await stage.client.post(path, data=token)
        assert (again.status_code, "choose it again" in again.text) == (404, True)
        assert "Nobody would be enrolled" in await sent(stage, CSV)

    play(tmp_path, scene, **GUARDED)


def test_a_callback_that_nobody_may_keep_is_shown_before_and_after(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        await stage.do(suppress_recipient(stage.ledger.recipient_stream(TO), TO, "letter", None, None))
        html = await sent(stage, f"number,callback_at\n{TO},2026-06-01T09:00Z\n".encode(), "")
        done = await stage.client.post(f"{IMPORT}/{action(html)}", data={"form_token": form_token(html)})
        for one in (html, done.text):
            assert "In the campaign without the callback of their row" in one
            assert "2026-06-01T09:00:00+00:00" in one
            assert "release them first, if they wish it" in one

    play(tmp_path, scene, **GUARDED)


def test_what_is_no_file_of_recipients_says_why_and_enrols_nobody(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        stored = stage.feed()
        assert "choose a file" in await sent(stage, b"", status=400)
        assert "header" in await sent(stage, b"name\nAda\n", "", status=400)
        assert "is written like phone=number" in await sent(stage, CSV, "phone", status=400)
        assert "region" in await sent(stage, CSV, region="XX", status=400)
        await sent(stage, b"PK\x03\x04 no workbook", "", status=400)
        assert "beside it" in await sent(stage, CSV, "a=number\n" * 4_000, status=413)
        token = form_token(await load(stage, IMPORT))
        plain = await stage.client.post(IMPORT, data={"form_token": token})
        assert (plain.status_code, "is not a form with a file" in plain.text) == (400, True)
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)


def test_a_file_is_kept_for_its_sender_and_a_while(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        path = f"{IMPORT}/{action(await sent(stage, CSV))}"
        late = f"{IMPORT}/{action(await sent(stage, CSV))}"
        stage.client.cookies.clear()
        assert (await stage.client.post("/sign-in", data={"token": "second-token"})).status_code == 303
        token = {"form_token": form_token(await load(stage, IMPORT))}
        assert (await stage.client.post(path, data=token)).status_code == 404
        await sign_in(stage, "operator")
        token = {"form_token": form_token(await load(stage, IMPORT))}
        assert (await stage.client.post(path, data={})).status_code == 403
        assert (await stage.client.post(path, data=token)).status_code == 200
        stage.clock.now += KEPT_FOR
        assert (await stage.client.post(late, data=token)).status_code == 404

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_nobody_else_is_asked_or_may(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, role)
        html = await load(stage, f"{PAGE}/recipients")
        stored = stage.feed()
        assert IMPORT not in html
        assert (await stage.client.get(IMPORT)).status_code == 403
        files, data = {"file": ("people.csv", CSV, "text/csv")}, {"form_token": form_token(html)}
        assert (await stage.client.post(IMPORT, data=data, files=files)).status_code == 403
        assert (await stage.client.post(f"{IMPORT}/any", data=data)).status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)


def test_a_caller_has_few_previews_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, may_answer = [], threading.Event()
    sorted_out = enrolment._sorted_out

    def waiting(*given: Any) -> Any:
        asked.append(given)
        assert may_answer.wait(WAIT_SECONDS_MAX)
        return sorted_out(*given)

    async def scene(stage: Serving) -> None:
        await staged(stage)
        monkeypatch.setattr(enrolment, "_sorted_out", waiting)
        under_way = [asyncio.create_task(sent(stage, CSV)) for _ in range(DEAR_READS_MAX)]
        await until(lambda: len(asked) == DEAR_READS_MAX)
        assert "previews of imports" in await sent(stage, CSV, status=429)
        path, as_csv = "/v1/campaigns/spring_followup/recipients?preview=true", {"content-type": "text/csv"}
        refused = await stage.client.post(path, content=CSV, headers=OPERATOR | as_csv)
        assert refused.status_code == 429
        may_answer.set()
        assert all("Enrol 2 people" in html for html in await asyncio.gather(*under_way))
        await sent(stage, CSV)

    play(tmp_path, scene, **GUARDED)


def test_a_complaint_names_the_fields_of_the_page() -> None:
    said = "has no country; name the region of what is written as inside it (--region DE, over HTTP ?region=DE)"
    assert on_a_page(said) == "has no country; name the region of what is written as inside it (the field Country)"
    assert on_a_page("is not an IANA time zone (any)") == "is not an IANA time zone (any)"
