"""`dialtrail alerts …`: what somebody was told of, and a message that tries the settings."""

import typer

from domain.counted import counted
from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import EXIT_FAILURE
from entrypoints.cli.options import AsJson, Zone
from entrypoints.cli.output import say, write, write_json, write_table
from entrypoints.cli.times import Times, times_in

app = typer.Typer(
    help="Which alerts are on and since when, which were lately, and whether messages leave; `test` sends one.",
    epilog="Example: dialtrail alerts",
    invoke_without_command=True,
)


@app.callback()
def show(context: typer.Context, zone: Zone = None, as_json: AsJson = False) -> None:
    if context.invoked_subcommand is not None:
        return
    times = times_in(zone)
    found = with_api("alerts", lambda api: api.get(path_of("alerts")))
    if as_json:
        write_json(found)
    else:
        _write(found, times)


show.__doc__ = app.info.help


@app.command("test", epilog="Example: dialtrail alerts test")
def send_test(as_json: AsJson = False) -> None:
    """Send a message that tries the settings of alerts by e-mail."""
    answer = with_api("alerts test", lambda api: api.post(path_of("alerts", "test")))
    if as_json:
        write_json(answer)
    elif answer["sent"]:
        write(f"sent to {counted(answer['recipients'], 'recipient')}; look whether it came")
    else:
        say(f"not sent: {answer['why']}")
    if not answer["sent"]:
        raise typer.Exit(EXIT_FAILURE)


def _write(found: Json, times: Times) -> None:
    if found["on"]:
        for one in found["on"]:
            write(f"{one['key']}: {one['says']}")
            write(f"  since {times.shown(one['since'])}, told at {times.shown(one['raised_at'])}")
            write(f"  what to do: {one['what_to_do']}")
    else:
        write("no alert is on")
    if found["recent"]:
        write()
        rows = [
            (one["key"], times.shown(one["since"]), times.shown(one["over_at"]), one["says"]) for one in found["recent"]
        ]
        write_table(("was", "since", "over", "said"), rows)
    write()
    _write_mail(found["mail"], times)


def _write_mail(mail: Json | None, times: Times) -> None:
    if mail is None:
        write("no e-mail is set: nobody is told; see DIALTRAIL_SMTP_URL")
        return
    waits = f"{counted(mail['waiting'], 'message')} {'waits' if mail['waiting'] == 1 else 'wait'} to be sent"
    write(f"by e-mail through {mail['server']} to {counted(mail['recipients'], 'recipient')}; {waits}")
    if mail["digest_at"] is not None:
        write(f"a digest of the day before at {mail['digest_at']}")
    if mail["failing"] is not None:
        write(f"not taken since {times.shown(mail['failing']['since'])}: {mail['failing']['last']}")
