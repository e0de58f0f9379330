"""`dialtrail recipients decline`: somebody does not want to be called about this, or may be again."""

from typing import Annotated

import typer

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, CampaignId, Number
from entrypoints.cli.output import write, write_json

EPILOG = 'Example: dialtrail recipients decline spring_followup +15551230002 --reason "said so by letter"'
Why = Annotated[str | None, typer.Option("--reason", help="Why, for those who look later.")]
SaidAt = Annotated[
    str | None,
    typer.Option("--said-at", metavar="TIME", help="When they said so, such as 2026-12-01T15:00:00Z; else now."),
]
Lift = Annotated[bool, typer.Option("--lift", help="They may be called about it again.")]


def decline(
    campaign: CampaignId,
    number: Number,
    reason: Why = None,
    said_at: SaidAt = None,
    lift: Lift = False,
    as_json: AsJson = False,
) -> None:
    """Somebody does not want to be called about what this campaign is for: no campaign of the same purpose calls them.

    For how long is in policy.declined.rest_days; for good where the policy does not say. To keep every campaign from calling
    somebody, see `dialtrail recipients suppress`.
    """
    if lift and (reason is not None or said_at is not None):
        raise typer.BadParameter("--reason and --said-at are not for --lift")
    path = path_of("campaigns", campaign, "recipients", number, "declined")
    if lift:
        done = with_api("recipients decline", lambda api: api.delete(path), campaign=campaign)
    else:
        body = {name: value for name, value in (("reason", reason), ("said_at", said_at)) if value is not None}
        done = with_api("recipients decline", lambda api: api.put(path, body), campaign=campaign)
    if as_json:
        write_json(done)
    else:
        write(in_words(done, is_lifted=lift))


def in_words(done: Json, *, is_lifted: bool = False) -> str:
    """What holds now."""
    if is_lifted and done["declined"]:
        what = "lifted" if done["changed"] else "nothing to lift here"
        return (
            f"{done['number']}: {what} for {done['purpose']}, but what they declined of other campaigns holds them in this one "
            "too (policy.declined.per is person); lift it there"
        )
    known = "" if done["changed"] else ", as was known" if done["declined"] else ", as before"
    if not done["declined"]:
        return f"{done['number']}: may be called about {done['purpose']}{known}"
    until = f" until {done['until']}" if done.get("reason") == "declined" and done.get("until") else ""
    return f"{done['number']}: declined to be called about {done['purpose']}{until}{known}"
