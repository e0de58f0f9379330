"""Lists that may be long: so many items of them, whatever the server's pages hold, and where to go on."""

from collections.abc import Sequence
from typing import Annotated

import typer

from entrypoints.cli.api import PAGE_ITEMS, Api, Json
from entrypoints.cli.output import say, write_json

ITEMS_DEFAULT = 50
ITEMS_MAX = 100_000

Limit = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, max=ITEMS_MAX, help="At most so many; more are told of.")
]
After = Annotated[
    str | None, typer.Option("--after", metavar="CURSOR", help="Go on where the last list ended, as that said.")
]


async def some_items(
    api: Api, path: str, query: dict[str, str | int], after: str | None, limit: int, *, of_one_moment: bool = False
) -> Json:
    """The API's page with up to `limit` items, of as many of its own pages as that takes; `next` is where to go on.

    With `of_one_moment` all are as of the first page's position; the list must take `as_of`.
    """
    items: list[Json] = []
    following = after
    while True:
        wanted = {"limit": min(PAGE_ITEMS, limit - len(items)), **query}
        page = await api.get_again(path, **(wanted if following is None else {**wanted, "after": following}))
        items += page["items"]
        following = page.get("next")
        if following is None or len(items) >= limit or not page["items"]:
            return {**page, "items": items}
        if of_one_moment:
            query = {"as_of": page["position"], **query}


def tell_list(page: Json, words: Sequence[str], nothing: str, *, as_json: bool) -> None:
    """The page as JSON, where that is asked for; and on stderr how to go on, or that there is nothing."""
    if as_json:
        write_json(page)
    elif not page["items"]:
        say(nothing)
    if page["next"] is not None:
        say(f"there are more: {' '.join(words)} --after {page['next']}")
