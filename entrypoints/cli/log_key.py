"""`dialtrail log`: the keys of the verifiable log."""

from contextlib import closing
from typing import Annotated

import typer

from entrypoints.cli.data_folder import require_data
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.options import AsJson
from entrypoints.cli.output import confirm, say, write, write_json

app = typer.Typer(help="The keys that sign the verifiable log.", epilog="Example: dialtrail log keys")
Yes = Annotated[bool, typer.Option("--yes", help="Make it without asking.")]


@app.command("keys", epilog="Example: dialtrail log keys --json")
def keys(as_json: AsJson = False) -> None:
    """The verifier keys of the log, the present one last: give it to whoever is to check. No secret is shown."""
    from adapters.verifiable_log.opening import open_log_store  # noqa: PLC0415 - here and below: help needs none of it
    from entrypoints.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    if settings.url is not None:
        raise CommandFailed("log keys reads the data folder itself: run it where that is, without DIALTRAIL_URL")
    require_data(settings, even_if_owned=True)
    with closing(open_log_store(settings.home, settings.ledger_url, only_reads=True)) as store:
        found = store.signing_keys()
    if as_json:
        write_json({"keys": found})
        return
    for one in found:
        write(one)
    if not found:
        say("there is no key yet: `dialtrail up` makes it with the first checkpoint")


@app.command("rotate-key", epilog="Example: dialtrail log rotate-key --yes")
def rotate_key(yes: Yes = False) -> None:
    """Make a new key: the next checkpoint is signed by both, then by the new one alone, and the old one is deleted.

    Give it where `dialtrail up` has its data folder, while it runs or not. Several servers that may dial need the new
    keys/log.key each, once it signs.
    """
    import secrets  # noqa: PLC0415
    import sys  # noqa: PLC0415

    from adapters.verifiable_log.key_file import LogKeys  # noqa: PLC0415
    from entrypoints.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    if settings.url is not None:
        raise CommandFailed("log rotate-key writes into the data folder: run it where that is, without DIALTRAIL_URL")
    require_data(settings, even_if_owned=True)
    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        confirm("Make a new key for the log? Whoever checks it has to be told.")
    made = LogKeys(settings.home, secrets.token_bytes).make_next()
    write(made.key.text)
    say("the next checkpoint is signed by both keys, those after it by this one alone: give it to whoever checks")
