"""`dialtrail recipients consent`: somebody agreed to be called for a purpose, or took that back."""

from typing import Annotated

import typer

from entrypoints.cli.api import Json
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, Number
from entrypoints.cli.output import write, write_json

EPILOG = (
    "Example: dialtrail recipients consent +15551230002 --purpose renewal --basis 'express written' --source 'web form' "
    "--at 2026-11-02T10:15:00Z"
)
Purpose = Annotated[str | None, typer.Option("--purpose", help="What for: a policy's purpose, or a campaign's id.")]
Basis = Annotated[str | None, typer.Option("--basis", help="Of what kind it is, such as 'express written'.")]
Source = Annotated[str | None, typer.Option("--source", help="Where it comes from, such as a form or a letter.")]
At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="When they said so, such as 2026-11-02T10:15:00Z.")
]
Text = Annotated[str | None, typer.Option("--text", help="What they agreed to.")]
TextVersion = Annotated[str | None, typer.Option("--text-version", help="Which version of that text.")]
By = Annotated[str | None, typer.Option("--by", help="Who gave it, or took it down.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Until when it holds; else until revoked.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why it was taken back.")]
Revoke = Annotated[bool, typer.Option("--revoke", help="They took it back; without --purpose for every purpose.")]


def consent(
    number: Number,
    purpose: Purpose = None,
    basis: Basis = None,
    source: Source = None,
    at: At = None,
    text: Text = None,
    text_version: TextVersion = None,
    by: By = None,
    until: Until = None,
    reason: Reason = None,
    revoke: Revoke = False,
    as_json: AsJson = False,
) -> None:
    """Record what somebody agreed to be called for, or, with --revoke, that they took it back.

    Campaigns whose policy has `consent.required` call nobody without one. Many come with an import: columns consent_given_at
    and consent_basis.
    """
    only_given = {"basis": basis, "text": text, "text_version": text_version, "by": by, "until": until}
    if revoke:
        if any(value is not None for value in only_given.values()):
            raise typer.BadParameter("--revoke takes --purpose, --source, --reason and --at only")
        said = {"purpose": purpose, "source": source, "reason": reason, "revoked_at": at}
    else:
        if reason is not None or None in (purpose, basis, source, at):
            raise typer.BadParameter("give --purpose, --basis, --source and --at; --reason is for --revoke")
        said = {"purpose": purpose, "source": source, "given_at": at, **only_given}
    body = {"number": number, **{name: value for name, value in said.items() if value is not None}}
    path = "/v1/consents/revoke" if revoke else "/v1/consents"
    done = with_api("recipients consent", lambda api: api.post(path, body))
    if as_json:
        write_json(done)
    else:
        write(in_words(done))


def in_words(done: Json) -> str:
    """What was recorded."""
    if done["consent_id"] is None:
        return f"{done['number']}: consent {'taken back' if done['changed'] else 'was taken back before'}"
    return f"{done['number']}: consent {done['consent_id']} {'recorded' if done['changed'] else 'was recorded before'}"
