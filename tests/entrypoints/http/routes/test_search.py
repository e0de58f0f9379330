"""What a text names, as whoever asks over HTTP meets it."""

from pathlib import Path

import pytest

from tests.entrypoints.serving import OPERATOR, OTHER, SECRET, TO, TOKENS, VIEWER, Serving, payload, play

BERLIN, LONDON, SUPPRESSED, STRANGER = "+493012345678", "+4402079460033", "+393061234567", "+41446681800"
GUARDED = {"DIALTRAIL_TOKENS": TOKENS, "MINIVOICE_WEBHOOK_SECRET": SECRET}


async def fill(stage: Serving) -> None:
    """People in all the ways in which they can be known, and a call that nobody claims."""
    await stage.campaign(TO, BERLIN, LONDON, start=True)
    await stage.campaign(BERLIN, campaign_id="spring_2027")
    await stage.dial(TO, "call_1")
    await stage.client.post("/v1/suppressions", json={"number": SUPPRESSED})
    await stage.deliver(payload("call.created", "call_2", to=STRANGER))
    await stage.parts.projector.wait_for(stage.ledger.position, 30)


async def found(stage: Serving, text: str) -> list[tuple[str, str]]:
    answer = await stage.client.get("/v1/search", params={"q": text})
    assert answer.status_code == 200, answer.text
    return [(one["kind"], one["number"] or one["id"]) for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("texts", "number"),
    [
        (("+493012345678", "+49 (0)30 / 1234 5678", "0049-30-12345678", "030 12345678", "4903012345678"), BERLIN),
        (("+442079460033", "020 7946 0033", "(020) 7946-0033", "tel:+44-20-7946-0033", " 442079460033"), LONDON),
        (("555 123 0002", "(555) 123-0002", "1-555-123-0002", "+1.555.123.0002"), TO),
        (("+39 306 1234567", "306 1234567"), SUPPRESSED),
        (("044 668 18 00", "+41 44 668 18 00"), STRANGER),
    ],
)
def test_a_number_is_found_however_it_is_written(tmp_path: Path, texts: tuple[str, ...], number: str) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        for text in texts:
            assert (text, await found(stage, text)) == (text, [("person", number)])

    play(tmp_path, scene)


def test_ids_are_found_whole_and_campaigns_by_a_part(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        assert await found(stage, "call_1") == [("call", "call_1")]
        assert await found(stage, " call_2 ") == [("call", "call_2")]
        assert await found(stage, "att_call_1") == [("attempt", "att_call_1")]
        assert await found(stage, stage.known_as(TO)) == [("person", TO)]
        assert await found(stage, "spring_2027") == [("campaign", "spring_2027")]
        assert await found(stage, "Spring") == [("campaign", "spring_2027"), ("campaign", "spring_followup")]
        for nothing in (" ", "call", OTHER, "0301234567", "+", "12", "%", "x" * 200, "\U0001f600"):
            assert (nothing, await found(stage, nothing)) == (nothing, [])

    play(tmp_path, scene)


@pytest.mark.parametrize("text", ["", "x" * 201, "a\x00b", "a\nb"])
def test_what_can_be_nothings_name_is_refused(tmp_path: Path, text: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.get("/v1/search", params={"q": text})
        assert (answer.status_code, answer.json()["detail"].startswith("q: ")) == (400, True)

    play(tmp_path, scene)


def test_a_viewer_finds_nobody_by_number(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await fill(stage)
        stage.client.headers.update(VIEWER)
        for text in (BERLIN, "030 12345678", "004930 12345678", "555 123 0002", "123-0002", "tel:+493012345678"):
            answer = await stage.client.get("/v1/search", params={"q": text})
            assert (text, answer.status_code) == (text, 403)
        assert await found(stage, stage.known_as(TO)) == [("person", "+15…02")]
        assert await found(stage, "call_1") == [("call", "call_1")]

    play(tmp_path, scene, **GUARDED)
