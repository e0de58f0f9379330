"""`dialtrail evidence`: what the ledger has on a call, a person or a campaign, with proofs, in one file for others."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import InvalidInput
from entrypoints.cli.data_folder import require_data
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.out_file import whole_file
from entrypoints.cli.output import say

if TYPE_CHECKING:
    from application.evidence.gathering import SubjectKind

EPILOG = "Example: dialtrail evidence +15551230002 --out complaint-17.zip"

About = Annotated[
    str, typer.Argument(metavar="SUBJECT", help="A call's id, a person's number (+…), or a campaign's id.")
]
OutFile = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where it goes; for your eyes alone (mode 0600).")]
As = Annotated[
    str | None,
    typer.Option("--as", metavar="KIND", help="call, number or campaign, where a name is more than one of them."),
]
OfSize = Annotated[
    int | None,
    typer.Option(
        "--checkpoint", metavar="SIZE", min=1, help="As the checkpoint over so many events has it; else the newest."
    ),
]

Sealed = Annotated[
    bool, typer.Option("--sealed", help="Leave what is sealed closed: no numbers and no bodies, but all the proofs.")
]


def evidence(subject: About, out: OutFile, kind: As = None, checkpoint: OfSize = None, sealed: Sealed = False) -> None:
    """Write a bundle that somebody can check without Dialtrail, and without trusting you: events, proofs, a page, verify.py.

    It has the events of the call, the person or the campaign as they are stored, with the proof of each that it is in
    the verifiable log; why each call was allowed, what calls said, the provider's deliveries; and phone numbers, so mind
    to whom you give it. It reads the data folder itself, also while dialtrail up runs, and changes nothing there.
    """
    from application.evidence.making import BundleOrder, EvidencePlaces, write_bundle  # noqa: PLC0415 - help needs none of it
    from entrypoints.settings import load_settings  # noqa: PLC0415

    order = BundleOrder(subject=subject, kind=_kind(kind), size=checkpoint, opens=not sealed)
    settings = load_settings()
    if settings.url is not None:
        raise CommandFailed(
            "evidence reads the data folder itself: run it where that is, without DIALTRAIL_URL, or ask the server: "
            "GET /v1/evidence"
        )
    require_data(settings)
    places = EvidencePlaces(
        folder=settings.home, database_url=settings.ledger_url, keys_url=settings.keys_url, chance=os.urandom
    )
    with whole_file(out) as file:
        written = write_bundle(file, places, order)
    made = written.made
    say(
        f"{made.events} events about the {made.subject.kind} {made.subject.name} are in {out}, as the checkpoint over "
        f"{made.size} events has them; check it with: python -I verify.py, which is in it"
    )
    if written.later > 0:
        say("the ledger went on after that checkpoint; what came later is not in it")


def _kind(text: str | None) -> "SubjectKind | None":
    if text in {None, "call", "number", "campaign"}:
        return text  # type: ignore[return-value]
    raise InvalidInput("--as", f"{text!a} is none of call, number and campaign")
