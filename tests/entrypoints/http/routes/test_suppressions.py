"""Lists of people whom nobody shall call, over HTTP."""

from pathlib import Path
from typing import Any

from domain.recipient import RecipientSuppressed
from entrypoints.http.rows import IMPORT_ROWS_MAX
from tests.entrypoints.http.routes.enrolling import NO_COUNTRY
from tests.entrypoints.serving import OTHER, TO, Serving, play

CSV = {"content-type": "text/csv"}


async def post(stage: Serving, text: str) -> Any:
    answer = await stage.client.post("/v1/suppressions", content=text.encode(), headers=CSV)
    return answer.status_code, answer.json()


def words(stage: Serving) -> list[tuple[str, str, str | None]]:
    """On whose word who was suppressed, and why."""
    return [
        (e.event.number, e.event.source, e.event.reason)
        for e in stage.feed()
        if isinstance(e.event, RecipientSuppressed)
    ]


def test_a_list_suppresses_everybody_in_it_once_and_says_what_it_could_not_use(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        text = (
            f"number,source,reason,expires_at\n{TO},letter,asked,\n{OTHER},,,\n555,,,\n{OTHER},,,2020-01-01T00:00:00Z\n"
        )
        status, said = await post(stage, text)
        assert (status, said) == (
            200,
            {
                "rows": 4,
                "suppressed": 2,
                "already_suppressed": 0,
                "rejected": 2,
                "going_on": 0,
                "complaints": [
                    {
                        "line": 4,
                        "field": "number",
                        "reason": NO_COUNTRY,
                        "cell": "…",
                    },
                    {"line": 5, "field": "expires_at", "reason": "is in the past", "cell": None},
                ],
                "warnings": [],
                "position": stage.ledger.position,
            },
        )
        assert words(stage) == [(TO, "letter", "asked"), (OTHER, "import", None)]
        _, again = await post(stage, text)
        assert (again["suppressed"], again["already_suppressed"]) == (0, 2)
        assert (await stage.json("/v1/campaigns/spring_followup"))["recipients"]["suppressed"] == 2

    play(tmp_path, scene)


def test_the_same_list_again_changes_nothing_where_somebody_was_suppressed_for_longer_before(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/suppressions", json={"number": TO})
        rows = {"suppressions": [{"line": 7, "number": TO, "expires_at": "2030-01-01T00:00:00Z"}]}
        counts = [(await stage.client.post("/v1/suppressions", json=rows)).json()["suppressed"] for _ in range(3)]
        assert counts == [1, 0, 0]
        assert words(stage) == [(TO, "operator", None), (TO, "import", None)]
        assert (await stage.client.post("/v1/suppressions", json={"number": TO})).json()["changed"] is False

    play(tmp_path, scene)


def test_a_list_that_cannot_be_used_as_a_whole_suppresses_nobody(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for text, status, field in (
            (f"name\n{TO}\n", 400, "header"),
            (f"number,until\n{TO},x\n", 400, "header"),
            ("number\n" + f"{TO}\n" * (IMPORT_ROWS_MAX + 1), 413, "suppressions"),
        ):
            found, said = await post(stage, text)
            assert (found, said["field"]) == (status, field)
        answer = await stage.client.post("/v1/suppressions", json={"suppressions": [], "source": "x"})
        assert (answer.status_code, answer.json()["field"]) == (400, "source")
        assert words(stage) == []

    play(tmp_path, scene)
