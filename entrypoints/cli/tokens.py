"""`dialtrail tokens`: who may come in, and when each was last seen."""

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, Zone
from entrypoints.cli.output import say, write, write_json, write_table
from entrypoints.cli.times import times_in

EPILOG = "Example: dialtrail tokens --tz Europe/Berlin"
HEADERS = ("name", "role", "last seen")
NOT_SEEN = "not seen"


def tokens(zone: Zone = None, as_json: AsJson = False) -> None:
    """Who may come in, by name and role, and when each was last seen by the server that runs; never a token itself.

    They are set by DIALTRAIL_TOKENS of that server. For auditors and operators.
    """
    times = times_in(zone)
    found: Json = with_api("tokens", lambda api: api.get(path_of("tokens")))
    if as_json:
        write_json(found)
        return
    if not found["items"]:
        say("no token is set: whoever is on the server's machine is operator there, and nobody else comes in")
        return
    write_table(
        HEADERS,
        [(one["name"], one["role"], times.shown(one["last_seen_at"]) or NOT_SEEN) for one in found["items"]],
    )
    write()
    write(f"since the server began to watch, at {times.shown(found['since'])}", "dim")
