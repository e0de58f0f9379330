"""`dialtrail retention`: what is old of personal fields is destroyed, a step at a time."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from domain.counted import counted
from domain.errors import InvalidInput
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.options import AsJson
from entrypoints.cli.output import say, write, write_json
from entrypoints.cli.rebuild import seen_rebuilt

EPILOG = "Example: dialtrail retention --kind body --kind digits --before 2026-06-01 --reason 'kept for 180 days' --yes"
STEPS_MAX = 10_000_000
Kinds = Annotated[list[str], typer.Option("--kind", help="number, variables, body, digits or insight; again for more.")]
Before = Annotated[
    str, typer.Option(metavar="DATE", help="Only where nothing was recorded since: a date (UTC), or an instant.")
]
Reason = Annotated[str | None, typer.Option(help="Why, for those who look later; it is not erased.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without it nothing is done, and what would go is shown.")]
KEPT: Mapping[str, str] = {
    "held": "a legal hold stands",
    "going_on": "they are not over, or may still be called",
    "by_two": "a campaign of theirs takes two people",
}


def retention(kind: Kinds, before: Before, reason: Reason = None, yes: Yes = False, as_json: AsJson = False) -> None:
    """Destroy what is old of personal fields, by kind: where nothing was recorded since a date, and all is over.

    Of calls that have ended, of people without an open attempt, and of what lies in quarantine; numbers and variables only
    of who waits in no campaign; nothing where a legal hold stands. Nothing brings it back. If it is interrupted, give the
    same command again. The ledger has to be a sealed one: docs/erasure.md.
    """
    asked = {"kinds": list(dict.fromkeys(kind)), "before": _instant(before), "confirmed": yes}
    if reason:
        asked["reason"] = reason
    done = with_api("retention", lambda api: _all_steps(api, asked))
    if as_json:
        write_json(done)
        return
    for line in _in_words(done):
        write(line)
    if not yes:
        say("nothing was destroyed; to do it, give the same command with --yes")
        return
    if not done["keys_destroyed"]:
        say("the keys are not destroyed yet, which is tried again until it is done: dialtrail status says when not")
    if not done["views_rebuilt"]:
        say("lists may still show it: dialtrail rebuild")


async def _all_steps(api: Api, asked: Mapping[str, Any]) -> Json:
    streams, after = 0, 0
    sums: dict[str, Counter[str]] = {"keys": Counter(), "events": Counter(), "kept": Counter()}
    for _ in range(STEPS_MAX):
        step = await api.post_again(path_of("retention"), {**asked, "after": after})
        streams += step["streams"]
        for name, found in sums.items():
            found.update(step[name])
        if step["next"] is None:
            await seen_rebuilt(api, step)
            told = {name: dict(sorted(found.items())) for name, found in sums.items()}
            ends = {name: step[name] for name in ("keys_destroyed", "views_rebuilt")}
            return {"destroyed": step["destroyed"], "streams": streams, **told, **ends}
        after = step["next"]
    raise CommandFailed(f"it is not done after {STEPS_MAX} steps; give the same command again")


def _instant(given: str) -> str:
    """A date, from its midnight in UTC on, or an instant."""
    from adapters.documents.texts import parse_day, parse_instant  # noqa: PLC0415 - help needs none of it

    try:
        return f"{parse_day(given).isoformat()}T00:00:00Z"
    except ValueError as error:
        is_day = error
    try:
        parse_instant(given)
    except ValueError:
        raise InvalidInput("--before", str(is_day)) from None
    return given


def _in_words(done: Json) -> list[str]:
    keys = ", ".join(f"{many} {kind}" for kind, many in done["keys"].items()) or "none"
    events = ", ".join(f"{many} with {kind}" for kind, many in done["events"].items()) or "none"
    verb = "destroyed" if done["destroyed"] else "would destroy"
    lines = [f"{verb}: of {counted(done['streams'], 'stream')}; keys: {keys}; events: {events}"]
    lines += [
        f"kept: {counted(done['kept'][why], 'stream')}, of which {words}"
        for why, words in KEPT.items()
        if done["kept"].get(why)
    ]
    return lines
