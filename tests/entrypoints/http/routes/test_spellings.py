"""One person in several spellings, as whoever asks over HTTP meets them."""

from pathlib import Path

import pytest

from tests.entrypoints.serving import Serving, play

CSV = {"content-type": "text/csv"}
SUPPRESSED = ("+442079460033", "+33612345678", "+31207946030")
WRITTEN = ("+4402079460033", "+330612345678", "+310207946030")
ITALIAN = "+390612345603"


def test_an_import_names_the_form_that_is_meant_row_by_row(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(start=False)
        text = "number\n" + "".join(f"{number}\n" for number in (*WRITTEN, ITALIAN))
        path = "/v1/campaigns/spring_followup/recipients"
        said = (await stage.client.post(path, content=text.encode(), headers=CSV)).json()
        assert (said["enrolled"], said["complaints"]) == (4, [])
        assert said["warnings"] == [
            {"line": line, "field": "number", "reason": f"is another spelling; {meant} is meant", "rows": 1}
            for line, meant in enumerate(SUPPRESSED, start=2)
        ]

    play(tmp_path, scene)


def test_suppressed_people_are_shown_so_in_whatever_form_they_were_enrolled(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        rows = "number,source\n" + "".join(f"{number},letter\n" for number in SUPPRESSED)
        await stage.client.post("/v1/suppressions", content=rows.encode(), headers=CSV)
        await stage.campaign(*WRITTEN, ITALIAN)
        counts = (await stage.json("/v1/campaigns/spring_followup"))["recipients"]
        assert (counts["suppressed"], counts["queued"]) == (3, 1)
        standing = await stage.json("/v1/campaigns/spring_followup/standing")
        assert (standing["suppressed"], standing["callable_now"]) == (3, 1)
        preflight = await stage.json("/v1/campaigns/spring_followup/preflight")
        assert (preflight["suppressed"], preflight["callable_now"]) == (3, 1)
        for written, suppressed in zip(WRITTEN, SUPPRESSED, strict=True):
            found = await stage.json(f"/v1/campaigns/spring_followup/recipients/{written}/explain")
            first = found["rules"][0]
            assert (found["status"], first["rule"]) == ("suppressed", "suppressed")
            assert first["inputs"] == {"source": "letter", "spelling": suppressed}
        compared = await stage.json("/v1/views/compare")
        assert (compared["compared"], compared["items"]) == (4, [])

    play(tmp_path, scene)


@pytest.mark.parametrize("given", ["+442079460033", "+4402079460033"])
def test_a_release_in_one_spelling_lifts_the_suppression_of_another_and_names_it(tmp_path: Path, given: str) -> None:
    async def scene(stage: Serving) -> None:
        said = (await stage.client.post("/v1/suppressions", json={"number": "+4402079460033"})).json()
        assert (said["meant"], said["released"], said["changed"]) == ("+442079460033", [], True)
        path = f"/v1/suppressions/{given.replace('+', '%2B')}"
        lifted = (await stage.client.delete(path)).json()
        assert (lifted["number"], lifted["released"], lifted["changed"]) == (given, ["+4402079460033"], True)
        again = (await stage.client.delete(path)).json()
        assert (again["released"], again["changed"]) == ([], False)

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("enrolled", "asked"),
    [
        ("+442079460033", "+4402079460033"),
        ("+4402079460033", "+442079460033"),
        ("+540111523456789", "+541123456789"),
        ("+525512345678", "+520455512345678"),
    ],
)
def test_who_is_looked_for_in_another_spelling_is_found_as_enrolled(tmp_path: Path, enrolled: str, asked: str) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(enrolled)
        path = f"/v1/campaigns/spring_followup/recipients/{asked}"
        assert (await stage.json(path))["number"] == enrolled
        assert (await stage.json(f"{path}/explain"))["number"] == enrolled
        page = await stage.client.get(f"/campaigns/spring_followup/recipients/{asked}", headers={"accept": "text/html"})
        assert (page.status_code, enrolled in page.text) == (200, True)
        await stage.enroll(asked)
        assert (await stage.json(path))["number"] == asked
        unknown = await stage.client.get("/v1/campaigns/spring_followup/recipients/+442079460034")
        assert unknown.status_code == 404

    play(tmp_path, scene)
