"""Times in fields are read on the clocks of the viewer's zone."""

import html as html_texts
from datetime import datetime
from pathlib import Path

import pytest

from domain.recipient import RecipientSuppressed
from tests.domain.test_wall_clock import utc
from tests.entrypoints.pages.staging import GUARDED, confirm, fill, load, sign_in
from tests.entrypoints.pages.test_viewer_zone import choose
from tests.entrypoints.serving import TO, Serving, play

LISTS = ["/calls?{}=", "/deliveries?{}="]
AS_OF = ["/campaigns/spring_followup", "/campaigns/spring_followup/recipients", "/campaigns/spring_followup/plan"]
AS_OF += [f"/campaigns/spring_followup/recipients/{TO}", f"/people/{TO}", "/suppressions", "/calls/call_1"]
TIMES = [f"{path}?as_of=" for path in AS_OF] + [one.format(name) for one in LISTS for name in ("since", "until")]


async def in_berlin(stage: Serving) -> None:
    await fill(stage)
    await sign_in(stage, "operator")
    await choose(stage, "Europe/Berlin")


@pytest.mark.parametrize("path", TIMES)
def test_a_time_without_an_offset_gets_that_of_the_viewers_zone(tmp_path: Path, path: str) -> None:
    async def scene(stage: Serving) -> None:
        await in_berlin(stage)
        where = "?" + path.partition("?")[2] + "2026-05-29T14%3A30%3A00%2B02%3A00"
        for written in ("2026-05-29 14:30", "2026-05-29T14:30", "2026-05-29t14:30:00"):
            sent_on = await stage.client.get(path + written)
            assert (sent_on.status_code, sent_on.headers["location"]) == (303, where)
        html = await load(stage, path.partition("?")[0] + where)
        if path != "/calls/call_1?as_of=":
            assert 'value="2026-05-29T14:30:00+02:00"' in html_texts.unescape(html)
            assert "Europe/Berlin" in html.partition(f'<label for="{path.partition("?")[2][:-1]}">')[2][:80]

    play(tmp_path, scene, **GUARDED)


def test_an_offset_a_position_and_what_is_no_time_stay_as_they_are(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await in_berlin(stage)
        for plain in ("2026-05-29T12:00:00Z", "2026-05-29T14:00%2B02:00", "2026-05-29T14:00:00 02:00", "3"):
            await load(stage, f"/suppressions?as_of={plain}")
        apart = await stage.client.get("/suppressions", params={"as_of": "2026-05-29 12:00:00Z"})
        assert apart.headers["location"] == "?as_of=2026-05-29T12%3A00%3A00Z"
        for wrong in ("yesterday", "2026-05-29", "2026-13-29 14:00", "2026-05-29 25:00"):
            sent = await stage.client.get("/suppressions", params={"as_of": wrong}, follow_redirects=True)
            assert (sent.status_code, "neither a position nor an instant" in sent.text) == (400, True)

    play(tmp_path, scene, **GUARDED)


NEVER = "does not exist: clocks are put forward over it; write {} or {}"
TWICE = "is there twice: clocks are put back over it; write {} or {}"


@pytest.mark.parametrize(
    ("written", "says", "either"),
    [
        ("2027-03-28 02:30", NEVER, ("2027-03-28T01:30:00+01:00", "2027-03-28T03:30:00+02:00")),
        ("2027-10-31T02:30", TWICE, ("2027-10-31T02:30:00+02:00", "2027-10-31T02:30:00+01:00")),
    ],
)
def test_a_time_that_clocks_never_show_or_show_twice_is_refused_in_words(
    tmp_path: Path, written: str, says: str, either: tuple[str, str]
) -> None:
    said = says.format(*either)

    async def scene(stage: Serving) -> None:
        await in_berlin(stage)
        refused = await stage.client.get("/calls", params={"since": written})
        assert (refused.status_code, said in html_texts.unescape(refused.text)) == (400, True)
        stored = stage.feed()
        path = "/suppressions/%2B15551230002/suppress"
        refused = await confirm(stage, path, expires_at=written)
        assert (refused.status_code, said in html_texts.unescape(refused.text)) == (400, True)
        assert stage.feed() == stored
        for clear in either:
            assert (await confirm(stage, path, expires_at=clear)).status_code == 303
            event = stage.feed()[-1].event
            assert isinstance(event, RecipientSuppressed)
            assert event.expires_at == datetime.fromisoformat(clear)

    play(tmp_path, scene, **GUARDED)


def test_how_long_somebody_is_suppressed_is_read_in_the_viewers_zone(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await in_berlin(stage)
        path = "/suppressions/%2B15551230002/suppress"
        assert "2027-01-31 08:00 in Europe/Berlin" in await load(stage, path)
        given = {
            "2027-01-31 08:00": "2027-01-31T07:00",
            "2027-07-31T08:00": "2027-07-31T06:00",
            "2027-08-01T08:00Z": "2027-08-01T08:00",
            "2027-08-01 08:00-05:00": "2027-08-01T13:00",
        }
        for written, meant in given.items():
            assert (await confirm(stage, path, expires_at=written)).status_code == 303
            event = stage.feed()[-1].event
            assert isinstance(event, RecipientSuppressed)
            assert event.expires_at == utc(meant)

    play(tmp_path, scene, **GUARDED)
