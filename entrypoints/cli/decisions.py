"""`dialtrail doctor --decisions`: was every call placed by the verdict that the ledger gives for that moment?"""

from collections import Counter

import typer

from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import EXIT_FAILURE
from entrypoints.cli.output import counting, write, write_json, write_table

EVENTS_A_STEP = 500
DIFFERENCES_KEPT_MAX = 1_000
FIELDS = ("position", "attempt_id", "campaign_id", "basis", "field", "stored", "recomputed")
SAME = "same"
OTHER_BASES = {"other rules": "other_rules", "other rule data": "other_rule_data"}
"""What a verdict may have been made by instead, and under which name a page counts those verdicts."""


class Comparison:
    """What the pages have told so far: how many verdicts on which basis, how many differences in each, and the first of them."""

    def __init__(self) -> None:
        self.compared = 0
        self.position: int | None = None
        self.verdicts: Counter[str] = Counter()
        self.differing: Counter[str] = Counter()
        self.differences: list[Json] = []

    def add(self, page: Json) -> None:
        """Count one more page."""
        self.compared += page["compared"]
        self.position = page["position"]
        for basis, field in OTHER_BASES.items():
            self.verdicts[basis] += page[field]
        self.differing.update(item["basis"] for item in page["items"])
        self.differences.extend(page["items"][: DIFFERENCES_KEPT_MAX - len(self.differences)])

    @property
    def omitted(self) -> int:
        """How many differences were counted and not kept."""
        return self.differing.total() - len(self.differences)


def compare_decisions(campaign: str | None, *, as_json: bool) -> None:
    """Recompute the verdict of every attempt in the ledger, or of one campaign.

    Ends with code 1 where one comes out otherwise that was made by the rules and the data of today.
    """
    query: dict[str, str | int] = {"limit": EVENTS_A_STEP}
    if campaign is not None:
        query["campaign"] = campaign
    found = Comparison()

    async def work(api: Api) -> None:
        with counting("verdicts recomputed") as moved:
            async for page in api.pages(path_of("decisions", "compare"), **query):
                found.add(page)
                moved(found.compared)

    with_api("doctor", work, campaign=campaign)
    if as_json:
        write_json(
            {
                "same": not found.differing[SAME],
                "compared": found.compared,
                **{field: found.verdicts[basis] for basis, field in OTHER_BASES.items()},
                "position": found.position,
                "differences": found.differences,
                "differences_omitted": found.omitted,
            }
        )
    else:
        _write(found)
    if found.differing[SAME]:
        raise typer.Exit(EXIT_FAILURE)


def _write(found: Comparison) -> None:
    if found.differences:
        write_table(
            FIELDS, [tuple(_cell(one[name]) for name in FIELDS) for one in found.differences], right=("position",)
        )
        if found.omitted:
            write(f"and {found.omitted} more")
        write()
    count = found.differing[SAME]
    write(
        f"{found.compared:,} verdicts recomputed as of position {found.position}: {_differences(count)}",
        "red" if count else "green",
    )
    for basis in OTHER_BASES:
        if found.verdicts[basis]:
            write(f"{found.verdicts[basis]:,} of them were made by {basis}: {_differences(found.differing[basis])}")
    if count:
        write("→ the ledger was changed: dialtrail explain CAMPAIGN NUMBER --as-of POSITION shows all")


def _differences(count: int) -> str:
    if count == 0:
        return "no difference"
    return f"{count:,} difference{'' if count == 1 else 's'}"


def _cell(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
