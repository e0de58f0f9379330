"""`dialtrail init`: a settings file with every setting explained, an example campaign with a script, and its recipients."""

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.output import say, write
from entrypoints.example import CAMPAIGN, CAMPAIGN_FILE, RECIPIENTS, RECIPIENTS_FILE

EPILOG = "Example: dialtrail init --folder calls"
FILLED_IN_FIRST = ("MINIVOICE_API_KEY", "MINIVOICE_WEBHOOK_SECRET")
ANSWER_TOKEN_BYTES = 24
HEADER = """\
# Settings of Dialtrail: every command that is given in this folder reads them, and the environment wins over them.
# Take the # away from a line to set it. A value with a # or with spaces at its ends goes between 'single quotes'.
# This file holds secrets: keep it at mode 600, and out of version control.
"""

Folder = Annotated[Path, typer.Option(metavar="DIR", help="The folder to write into; made if there is none.")]


def init(folder: Folder = Path()) -> None:
    """Write dialtrail.env, campaign.toml and recipients.csv, to be filled in. What exists stays as it is."""
    from entrypoints.settings import SETTINGS_FILE  # noqa: PLC0415 - here and below: help needs no settings

    files = {
        str(SETTINGS_FILE): (settings_text(secrets.token_urlsafe(ANSWER_TOKEN_BYTES)), 0o600),
        CAMPAIGN_FILE: (CAMPAIGN, 0o644),
        RECIPIENTS_FILE: (RECIPIENTS, 0o644),
    }
    there = [str(folder / name) for name in files if os.path.lexists(folder / name)]
    if there:
        raise CommandFailed(
            f"{', '.join(there)}: exists, and nothing was written; move it away, or choose another --folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, (text, mode) in files.items():
        _write_new(folder / name, text, mode)
        write(str(folder / name))
    place = "here" if folder == Path() else f"in {folder}"
    say(f"next, {place}: dialtrail up --sandbox, which needs no key and calls nobody")
    say(f"or write your MiniVoice key and webhook secret into {SETTINGS_FILE} there; then: dialtrail up")


def settings_text(answer_token: str) -> str:
    """Every setting with what it means, what to write, and its default; the answer token is set already."""
    from entrypoints.settings import VARIABLES, Settings, described  # noqa: PLC0415

    made = {"DIALTRAIL_ANSWER_TOKEN": answer_token}
    defaults = {variable: (value, means) for variable, value, _, means in described(Settings())}
    blocks = [HEADER]
    for variable in VARIABLES:
        value, means = defaults[variable]
        mark = "" if variable in FILLED_IN_FIRST or variable in made else "#"
        default = f" (default: {value})" if value else ""
        blocks.append(
            f"# {means[:1].upper()}{means[1:]}{default}\n# {_sentence(variable)}\n{mark}{variable}={made.get(variable, value)}\n"
        )
    return "\n".join(blocks)


def _sentence(variable: str) -> str:
    from entrypoints.settings import SECRETS, form_of  # noqa: PLC0415

    form = form_of(variable)
    return f"{form[:1].upper()}{form[1:]}." + (" A secret." if variable in SECRETS else "")


def _write_new(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
