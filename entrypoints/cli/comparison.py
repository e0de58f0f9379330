"""`dialtrail doctor --views`: do the views say what the ledger says?"""

import typer

from domain.errors import InvalidInput
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import EXIT_FAILURE
from entrypoints.cli.output import counting, write, write_json, write_table

SAMPLE_DEFAULT = 1_000
PAGE_COMPARED = 100
DIFFERENCES_KEPT_MAX = 1_000
HEADERS = ("view", "what", "field", "view says", "ledger says")
FIELDS = ("view", "what", "field", "view_says", "ledger_says")


class Compared:
    """What was compared so far, and the differences; of very many, only the first are kept."""

    def __init__(self) -> None:
        self.count = 0
        self.position: int | None = None
        self.is_all = False
        self.differences: list[Json] = []
        self.differences_omitted = 0

    def add(self, page: Json) -> None:
        self.count += page["compared"]
        self.position = page.get("position")
        self.is_all = page.get("next") is None
        room = DIFFERENCES_KEPT_MAX - len(self.differences)
        self.differences += page["items"][:room]
        self.differences_omitted += len(page["items"][room:])

    @property
    def differences_count(self) -> int:
        return len(self.differences) + self.differences_omitted


def sample_of(sample: int | None, *, everything: bool) -> int | None:
    """How many rows are to be compared; None for all. `InvalidInput` where both were said."""
    if everything and sample is not None:
        raise InvalidInput("--sample, --all", "say one of them")
    return None if everything else sample or SAMPLE_DEFAULT


def compare_views(most: int | None, *, as_json: bool) -> None:
    """Compare the first `most` rows, recipients before calls, or all; ends with code 1 where anything differs."""
    compared = Compared()

    async def work(api: Api) -> None:
        with counting("rows compared") as moved:
            query = {"limit": PAGE_COMPARED if most is None else min(PAGE_COMPARED, most)}
            async for page in api.pages(path_of("views", "compare"), **query):
                compared.add(page)
                moved(compared.count)
                if most is not None and compared.count >= most:
                    return

    with_api("doctor", work)
    same = compared.differences_count == 0
    if as_json:
        write_json(
            {
                "same": same,
                "compared": compared.count,
                "all": compared.is_all,
                "position": compared.position,
                "differences": compared.differences,
                "differences_omitted": compared.differences_omitted,
            }
        )
    else:
        _write(compared)
    if not same:
        raise typer.Exit(EXIT_FAILURE)


def _write(compared: Compared) -> None:
    if compared.differences:
        write_table(HEADERS, [tuple(one.get(name) for name in FIELDS) for one in compared.differences])
        if compared.differences_omitted:
            write(f"and {compared.differences_omitted} more")
        write()
    count = compared.differences_count
    found = "no difference" if count == 0 else f"{count} difference{'' if count == 1 else 's'}"
    rest = "" if compared.is_all else " (--all compares the rest, too)"
    write(
        f"{compared.count:,} rows compared as of position {compared.position}: {found}{rest}",
        "red" if count else "green",
    )
    if count:
        write("→ the ledger is right; make the views anew with: dialtrail rebuild")
