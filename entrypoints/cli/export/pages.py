"""The pages of an export: all of one moment where the API can say what it was, however much happens meanwhile."""

from collections.abc import AsyncIterator, Mapping

from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.failure import CommandFailed


async def pages_of_one_moment(
    api: Api, path: str, filters: Mapping[str, str], as_of: str | None
) -> AsyncIterator[Json]:
    """Each page of a list as of `as_of`, or else as of the position at which the export begins."""
    if as_of is None:
        # Asked for by itself, so that the first page, too, is judged at that position's instant.
        as_of = str((await api.get_again(path, **filters, limit=1))["position"])
    position: int | None = None
    async for page in api.pages(path, **filters, as_of=as_of):
        if position is not None and page["position"] != position:
            raise CommandFailed(
                f"the pages are not of one moment (positions {position} and {page['position']}); "
                "name an --as-of that has passed, or leave it out"
            )
        position = page["position"]
        yield page


async def pages_of_feed(api: Api, after: int, until: int | None) -> AsyncIterator[Json]:
    """The ledger's events after `after`, up to `until` inclusive, or else up to its end at the first page."""
    async for page in api.pages(path_of("events"), after=str(after)):
        until = page["position"] if until is None else until
        items = [item for item in page["items"] if item["position"] <= until]
        yield {"items": items, "position": min(until, page["position"])}
        if len(items) < len(page["items"]):
            return


async def pages_as_they_are(api: Api, path: str, filters: Mapping[str, str]) -> AsyncIterator[Json]:
    """Each page of a list that is of what is known now; each says the first one's position, which all of them have."""
    first: int | None = None
    async for page in api.pages(path, **filters):
        first = page["position"] if first is None else first
        yield {**page, "position": first}
