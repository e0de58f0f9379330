"""`dialtrail recording …`: start or stop a recording of a call that is under way."""

import typer

from entrypoints.cli.api import path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, CallId
from entrypoints.cli.output import say, write, write_json

app = typer.Typer(
    help="Start or stop a recording of a call that is under way.",
    epilog="Example: dialtrail recording start call_123",
)


@app.command(epilog="Example: dialtrail recording start call_123")
def start(call_id: CallId, as_json: AsJson = False) -> None:
    """Ask MiniVoice to record this call from now on. Needs a running `dialtrail up`."""
    _control(call_id, "start", as_json=as_json)


@app.command(epilog="Example: dialtrail recording stop call_123")
def stop(call_id: CallId, as_json: AsJson = False) -> None:
    """Ask MiniVoice to record this call no longer. Needs a running `dialtrail up`."""
    _control(call_id, "stop", as_json=as_json)


def _control(call_id: str, action: str, *, as_json: bool) -> None:
    path = path_of("calls", call_id, "recordings")
    answer = with_api(f"recording {action}", lambda api: api.post(path, {"action": action}))
    if as_json:
        write_json(answer)
        return
    write(f"{call_id}: MiniVoice took the {action} of its recording")
    say(f"what becomes of it: dialtrail timeline {call_id}")
