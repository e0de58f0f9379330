"""`dialtrail unresolved` and `dialtrail resolve`: attempts of which nobody knows whether they became a call."""

import sys
from typing import Annotated

import typer

from domain.counted import counted
from domain.errors import DialtrailError, InvalidInput
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.completion import complete_call, complete_campaign
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import EXIT_FAILURE
from entrypoints.cli.options import AsJson, of_campaign
from entrypoints.cli.output import confirm, say, write, write_json, write_table

UNRESOLVED_EPILOG = "Example: dialtrail unresolved spring_followup"
RESOLVE_EPILOG = (
    "Example: dialtrail resolve att_1 --call call_123, or: dialtrail resolve --campaign spring_followup --none"
)

OneCampaign = Annotated[
    str | None,
    typer.Argument(metavar="[CAMPAIGN]", help="Of this campaign only.", autocompletion=complete_campaign),
]
Attempts = Annotated[list[str] | None, typer.Argument(metavar="ATTEMPT…", help="The attempts' ids.")]
TheCall = Annotated[
    str | None, typer.Option("--call", metavar="CALL_ID", help="It became this call.", autocompletion=complete_call)
]
NoCall = Annotated[bool, typer.Option("--none", help="There was no call.")]
Redial = Annotated[
    bool, typer.Option("--redial", help="With --none: dial this person again; refused where the campaign is over.")
]
OfCampaign = Annotated[str | None, of_campaign("All unresolved attempts of this campaign.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def unresolved(campaign: OneCampaign = None, as_json: AsJson = False) -> None:
    """Attempts whose request may have become a call, and the calls that it may have become.

    Their people are not dialled again until a webhook, MiniVoice's answer or a person settles it.
    """
    found = with_api("unresolved", lambda api: _unresolved(api, campaign), campaign=campaign)
    if as_json:
        write_json({"items": found, "next": None})
        return
    headers = ("attempt", "campaign", "number", "since", "why", "candidates")
    write_table(headers, [_row(one) for one in found])
    if found:
        say("settle one with: dialtrail resolve ATTEMPT --call CALL_ID, or where there was no call: --none")
    else:
        say("no attempt is unresolved")


def resolve(
    attempts: Attempts = None,
    call: TheCall = None,
    none: NoCall = False,
    redial: Redial = False,
    campaign: OfCampaign = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Settle unresolved attempts: this one became that call, or these became none.

    Look at MiniVoice before you say --none: with --redial the person is called again, even if there was a call.
    """
    wanted = list(dict.fromkeys(attempts or []))
    _check(wanted, call, campaign, none=none, redial=redial)
    body = {"none": True, "redial": redial} if call is None else {"call": call}

    async def work(api: Api) -> tuple[list[Json], list[Json]]:
        chosen = wanted if campaign is None else [one["attempt_id"] for one in await _unresolved(api, campaign)]
        if len(chosen) > 1 and not yes:
            _confirm(len(chosen), redial=redial)
        if len(chosen) == 1:
            return [await api.post(path_of("attempts", chosen[0], "resolve"), body)], []
        return await _each(api, chosen, body)

    done, failed = with_api("resolve", work, campaign=campaign)
    if as_json:
        write_json({"items": done, "failed": failed})
    else:
        for one in done:
            write(_told(one))
    for one in failed:
        say(f"{one['attempt_id']}: {one['detail']}")
    if not done and not failed:
        say(f"no attempt of {campaign} is unresolved")
    if failed:
        raise typer.Exit(EXIT_FAILURE)


def _check(wanted: list[str], call: str | None, campaign: str | None, *, none: bool, redial: bool) -> None:
    if (call is None) is not none:
        raise InvalidInput("--call, --none", "say one of them: which call it became, or that there was none")
    if bool(wanted) is (campaign is not None):
        raise InvalidInput("ATTEMPT", "name attempts, or all of a campaign with --campaign; see: dialtrail unresolved")
    if call is not None and len(wanted) != 1:
        raise InvalidInput("--call", "a call belongs to one attempt; name one")
    if redial and not none:
        raise InvalidInput("--redial", "goes with --none: who was called is not dialled again")


async def _unresolved(api: Api, campaign: str | None) -> list[Json]:
    filters = {"phase": "unresolved"} | ({} if campaign is None else {"campaign": campaign})
    return await api.all_items(path_of("attempts"), **filters)


async def _each(api: Api, chosen: list[str], body: Json) -> tuple[list[Json], list[Json]]:
    """Resolve one after the other; who fails does not keep the others."""
    done: list[Json] = []
    failed: list[Json] = []
    for attempt_id in chosen:
        try:
            done.append(await api.post(path_of("attempts", attempt_id, "resolve"), body))
        except DialtrailError as error:
            failed.append({"attempt_id": attempt_id, "detail": str(error)})
    return done, failed


def _confirm(count: int, *, redial: bool) -> None:
    """Ask on a terminal; nobody can answer elsewhere."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    then = ", and dial these people again" if redial else ""
    confirm(f"Say of {counted(count, 'attempt')} that there was no call{then}?")


def _told(done: Json) -> str:
    if done.get("call_id") is not None:
        became = f"became the call {done['call_id']}"
    else:
        became = "became no call" + ("; may be dialled again" if done.get("redial") else "")
    return f"{done['attempt_id']} in {done['campaign_id']}: {became}"


def _row(one: Json) -> tuple[object, ...]:
    candidates = "; ".join(
        f"{c['call_id']} ({c.get('phase')}, {c.get('from')} to {c.get('to')}, {c.get('created_at')})"
        for c in one.get("candidates") or ()
    )
    return (one["attempt_id"], one["campaign_id"], one["number"], one["changed_at"], one.get("why"), candidates)
