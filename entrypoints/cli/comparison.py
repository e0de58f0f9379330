"""`dialtrail doctor --views`: do the views say what the ledger says? And how anything is held against the ledger."""

from collections.abc import Mapping, Sequence

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
    """What was compared so far, and the differences; of very many, only the first are kept. `what` is counted."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.count = 0
        self.position: int | None = None
        self.is_all = False
        self.differences: list[Json] = []
        self.differences_omitted = 0

    async def read(self, api: Api, path: str, query: Mapping[str, str | int], most: int | None = None) -> None:
        """Page after page, to the end or until `most` are compared."""
        with counting(self.what) as moved:
            async for page in api.pages(path, **query):
                self.add(page)
                moved(self.count)
                if most is not None and self.count >= most:
                    return

    def add(self, page: Json) -> None:
        """Count one more page."""
        self.count += page["compared"]
        self.position = page.get("position")
        self.is_all = page.get("next") is None
        room = DIFFERENCES_KEPT_MAX - len(self.differences)
        self.differences += page["items"][:room]
        self.differences_omitted += len(page["items"][room:])

    @property
    def found(self) -> int:
        """How many of the differences say that something is wrong."""
        return len(self.differences) + self.differences_omitted

    def as_json(self, **more: object) -> Json:
        """For programs; `more` stands behind how many were compared."""
        return {
            "same": not self.found,
            "compared": self.count,
            **more,
            "position": self.position,
            "differences": self.differences,
            "differences_omitted": self.differences_omitted,
        }

    def write(self, headers: Sequence[str], rows: Sequence[Sequence[object]], advice: str, rest: str = "") -> None:
        """The differences as `rows`, then how many are findings; `advice` where any is."""
        if self.differences:
            write_table(headers, rows, right=("position",))
            if self.differences_omitted:
                write(f"and {self.differences_omitted} more")
            write()
        style = "red" if self.found else "green"
        write(f"{self.count:,} {self.what} as of position {self.position}: {differences(self.found)}{rest}", style)
        if self.found:
            write(f"→ {advice}")

    def end(self) -> None:
        """Ends the command with code 1 where anything differs."""
        if self.found:
            raise typer.Exit(EXIT_FAILURE)


def differences(count: int) -> str:
    """So many differences, in words."""
    return "no difference" if count == 0 else f"{count:,} difference{'' if count == 1 else 's'}"


def sample_of(sample: int | None, *, everything: bool) -> int | None:
    """How many rows are to be compared; None for all. `InvalidInput` where both were said."""
    if everything and sample is not None:
        raise InvalidInput("--sample, --all", "say one of them")
    return None if everything else sample or SAMPLE_DEFAULT


def compare_views(most: int | None, *, as_json: bool) -> None:
    """Compare the first `most` rows, recipients before calls, or all; ends with code 1 where anything differs."""
    compared, path = Compared("rows compared"), path_of("views", "compare")
    query = {"limit": PAGE_COMPARED if most is None else min(PAGE_COMPARED, most)}
    with_api("doctor", lambda api: compared.read(api, path, query, most))
    if as_json:
        write_json(compared.as_json(all=compared.is_all))
    else:
        rows = [tuple(one.get(name) for name in FIELDS) for one in compared.differences]
        rest = "" if compared.is_all else " (--all compares the rest, too)"
        compared.write(HEADERS, rows, "the ledger is right; make the views anew with: dialtrail rebuild", rest)
    compared.end()
