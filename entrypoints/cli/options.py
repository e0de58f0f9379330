"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from entrypoints.cli.completion import complete_call, complete_campaign, complete_number

CampaignId = Annotated[
    str,
    typer.Argument(
        metavar="CAMPAIGN", help="The campaign's id, such as spring_followup.", autocompletion=complete_campaign
    ),
]


def of_campaign(means: str) -> Any:
    """The option `--campaign` of a command that may be about one of them."""
    return typer.Option("--campaign", metavar="CAMPAIGN", help=means, autocompletion=complete_campaign)


Number = Annotated[
    str, typer.Argument(metavar="NUMBER", help="A phone number such as +15551230002.", autocompletion=complete_number)
]
CallId = Annotated[
    str,
    typer.Argument(
        metavar="CALL_ID", help="MiniVoice's id of the call, such as call_123.", autocompletion=complete_call
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the API's JSON instead: one line, off a terminal.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="T",
        help="As it was known at this instant (2026-05-29T12:00:00Z; without an offset: UTC, or --tz) or position.",
    ),
]
AtLeast = Annotated[
    int | None,
    typer.Option("--at-least", metavar="P", min=0, help="Wait until the answer has all up to this position."),
]
Zone = Annotated[
    str | None, typer.Option("--tz", metavar="ZONE", help="Show times in this IANA zone, or local; else in UTC.")
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A file; - reads standard input.")]
STDIN = Path("-")
