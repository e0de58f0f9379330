"""`dialtrail account …`: what holds up the account behind the API key, and what it holds back."""

from typing import Annotated

import typer

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, AsOf, Zone
from entrypoints.cli.output import say, write, write_json, write_table
from entrypoints.cli.status import write_pause
from entrypoints.cli.times import Times, times_in

Prefix = Annotated[str, typer.Argument(metavar="PREFIX", help="How the numbers begin, such as +1555.")]

app = typer.Typer(
    help="What holds up the account behind the API key, and what it holds back.",
    epilog="Example: dialtrail account show",
)


@app.command(epilog="Example: dialtrail account show --as-of 2026-05-29T12:00:00Z")
def show(as_of: AsOf = None, zone: Zone = None, as_json: AsJson = False) -> None:
    """The account's pause, the destinations that are held and why, its limits as far as they are known, what was spent."""
    times = times_in(zone)
    query = times.query(as_of)
    found = with_api("account show", lambda api: api.get(path_of("account"), **query))
    if as_json:
        write_json(found)
    else:
        _write(found, times)


@app.command(epilog="Example: dialtrail account release +1555")
def release(prefix: Prefix, as_json: AsJson = False) -> None:
    """Lift the holds on this prefix and on all longer ones; `dialtrail campaign resume` lifts every hold that there is."""
    answer = with_api("account release", lambda api: api.delete(path_of("account", "holds", prefix)))
    if as_json:
        write_json(answer)
        return
    write(f"{prefix}: {answer['released']} holds are lifted")
    if not answer["released"]:
        say("to see what is held: dialtrail account show")


@app.command(epilog="Example: dialtrail account resume")
def resume(as_json: AsJson = False) -> None:
    """Lift the account's pause; where the clock was ahead and is right again, acknowledge what was recorded meanwhile."""
    answer = with_api("account resume", lambda api: api.post(path_of("account", "resume")))
    if as_json:
        write_json(answer)
        return
    if answer["lifted"] is not None:
        write(f"the account's pause ({answer['lifted']}) is lifted")
    if answer["acknowledged_position"] is not None:
        write(
            f"the ledger's time was {answer['ahead_seconds']} s ahead; acknowledged up to position "
            f"{answer['acknowledged_position']}: running campaigns dial again"
        )
    elif answer["lifted"] is None:
        write("nothing held the account up")


def _write(account: Json, times: Times) -> None:
    if account["pause"] is None:
        write("not paused")
    else:
        write_pause({"scope": "account", **account["pause"]}, times)
    if account["limits"]:
        write("found out: " + ", ".join(f"{name} {value:g}" for name, value in sorted(account["limits"].items())))
    if account["usages"]:
        write()
        rows = [
            (
                times.shown(one["from"]),
                _known(one["calls"]),
                f"{_known(one['cost_amount'])} {_known(one['cost_currency'])}",
                times.shown(one["at"]),
            )
            for one in account["usages"]
        ]
        write_table(("spent since", "calls", "cost", "as MiniVoice said at"), rows, right=("calls", "cost"))
    if account["holds"]:
        write()
        _write_holds(account, times)


def _known(figure: object) -> str:
    return "-" if figure is None else str(figure)


def _write_holds(account: Json, times: Times) -> None:
    holds = account["holds"]
    rows = [(one["prefix"], one["code"], times.shown(one["at"]), one["body"]) for one in holds]
    write_table(("held", "code", "since", "MiniVoice said"), rows)
    if account["holds_in_all"] > len(holds):
        write(f"and {account['holds_in_all'] - len(holds)} more")
    for told in dict.fromkeys(f"{one['reason']}: {one['what_to_do']}" for one in holds):
        write(told)
