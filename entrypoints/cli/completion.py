"""What a shell may offer after TAB: campaigns, numbers and calls, of a server that is up or of the data folder; quickly or
not at all."""

import re
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import orjson
import typer

from adapters.folder_owner import read_owner

SECONDS_MAX = 1.0
NAMES_MAX = 1_000
WHERE = ("DIALTRAIL_URL", "DIALTRAIL_TOKEN", "DIALTRAIL_HOME", "DIALTRAIL_DATABASE_URL")
"""Of all settings those that say whom to ask; the others, and what they need to be checked, take longer than the answer."""
ANSWER_BYTES_MAX = 4_000_000
VIEWS_FILE = "views.db"
# A shell puts what it is offered into a command line as it is: a name of others that could be more than a word is not.
PLAIN = re.compile(r"\+?[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")


def complete_campaign(incomplete: str) -> list[str]:
    """The campaigns' ids that begin so; none where nothing can be asked, or anything is wrong. So are all below."""
    return _offered(_Wanted("campaigns", "campaigns", "id"), incomplete)


def complete_number(ctx: typer.Context, incomplete: str) -> list[str]:
    """The numbers of the campaign that stands before; none to those who may not see them."""
    campaign = ctx.params.get("campaign")
    if not isinstance(campaign, str):
        return []
    return _offered(
        _Wanted("numbers", f"campaigns/{quote(campaign, safe='')}/recipients", "number", campaign), incomplete
    )


def complete_call(ctx: typer.Context, incomplete: str) -> list[str]:
    """The calls; of the campaign alone, where one stands before."""
    campaign = ctx.params.get("campaign")
    if not isinstance(campaign, str):
        return _offered(_Wanted("calls", "calls", "call_id"), incomplete)
    return _offered(_Wanted("calls", f"calls?{urlencode({'campaign': campaign})}", "call_id", campaign), incomplete)


def complete_of(words: Sequence[str]) -> Callable[[str], list[str]]:
    """Completes one of these words."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


class _Wanted(NamedTuple):
    """Names of one kind: the path of the list that has them, below /v1, and in which field; of one campaign, or of any."""

    what: str
    path: str
    field: str
    campaign: str = ""


def _offered(wanted: _Wanted, begin: str) -> list[str]:
    try:
        names = _names(wanted, begin)
    except Exception:  # noqa: BLE001 - a TAB must not end in a traceback across somebody's command line
        return []
    return [name for name in dict.fromkeys(names) if name.startswith(begin) and PLAIN.fullmatch(name)]


def _names(wanted: _Wanted, begin: str) -> list[str]:
    from entrypoints.given_settings import HOME_DEFAULT, given_settings  # noqa: PLC0415 - here and below: help needs none of it

    given = given_settings(WHERE, frozenset()).values
    address, home = given.get("DIALTRAIL_URL"), Path(given.get("DIALTRAIL_HOME", HOME_DEFAULT))
    if address is not None:
        return _of_server(address.rstrip("/"), given.get("DIALTRAIL_TOKEN"), wanted)
    owner = read_owner(home)
    if owner is not None:
        return [] if owner.url is None else _of_server(owner.url, owner.token, wanted)
    if "DIALTRAIL_DATABASE_URL" in given:
        return []
    from projections.names_at_hand import names_at_hand  # noqa: PLC0415

    return names_at_hand(home / VIEWS_FILE, wanted.what, begin, wanted.campaign, NAMES_MAX)


def _of_server(url: str, token: str | None, wanted: _Wanted) -> list[str]:
    """By the standard library: an HTTP client that does more takes longer to import than this to answer."""
    from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415

    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or parts.hostname is None or parts.username is not None:
        return []  # the settings are not checked here, and a token goes to no address that they would refuse
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    target = f"{parts.path}/v1/{wanted.path}{'&' if '?' in wanted.path else '?'}limit={NAMES_MAX}"
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    with closing(kind(parts.netloc, timeout=SECONDS_MAX)) as connection:
        connection.request("GET", target, headers=headers)
        answer = orjson.loads(connection.getresponse().read(ANSWER_BYTES_MAX))
    return [str(one[wanted.field]) for one in answer["items"]]
