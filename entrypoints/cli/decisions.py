"""`dialtrail doctor --decisions`: was every call placed by the verdict that the ledger gives for that moment?"""

import typer

from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import EXIT_FAILURE
from entrypoints.cli.output import counting, write, write_json, write_table

EVENTS_A_STEP = 500
DIFFERENCES_KEPT_MAX = 1_000
FIELDS = ("position", "attempt_id", "campaign_id", "field", "stored", "recomputed")


def compare_decisions(campaign: str | None, *, as_json: bool) -> None:
    """Recompute the verdict of every attempt in the ledger, or of one campaign; ends with code 1 where one differs."""
    query: dict[str, str | int] = {"limit": EVENTS_A_STEP}
    if campaign is not None:
        query["campaign"] = campaign
    compared = 0
    differences: list[Json] = []
    omitted = 0
    position: int | None = None

    async def work(api: Api) -> None:
        nonlocal compared, omitted, position
        with counting("verdicts recomputed") as moved:
            async for page in api.pages(path_of("decisions", "compare"), **query):
                compared += page["compared"]
                position = page["position"]
                room = DIFFERENCES_KEPT_MAX - len(differences)
                differences.extend(page["items"][:room])
                omitted += len(page["items"][room:])
                moved(compared)

    with_api("doctor", work, campaign=campaign)
    if as_json:
        write_json(
            {
                "same": not differences,
                "compared": compared,
                "position": position,
                "differences": differences,
                "differences_omitted": omitted,
            }
        )
    else:
        _write(differences, omitted, compared, position)
    if differences:
        raise typer.Exit(EXIT_FAILURE)


def _write(differences: list[Json], omitted: int, compared: int, position: int | None) -> None:
    if differences:
        write_table(FIELDS, [tuple(_cell(one[name]) for name in FIELDS) for one in differences], right=("position",))
        if omitted:
            write(f"and {omitted} more")
        write()
    count = len(differences) + omitted
    found = "no difference" if count == 0 else f"{count} difference{'' if count == 1 else 's'}"
    write(
        f"{compared:,} verdicts recomputed as of position {position}: {found}",
        "red" if count else "green",
    )
    if count:
        write(
            "→ a rule changed since, or was mistaken then: dialtrail explain CAMPAIGN NUMBER --as-of POSITION shows all"
        )


def _cell(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
