"""`dialtrail recipients erase`, `hold` and `unhold`: a person is forgotten for good, and what stands against it."""

from typing import Annotated

import typer

from domain.counted import counted
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, Number
from entrypoints.cli.output import say, write, write_json
from entrypoints.cli.rebuild import seen_rebuilt

ERASE_EPILOG = "Example: dialtrail recipients erase +15551230002 --reason 'asked for by mail' --yes"
HOLD_EPILOG = "Example: dialtrail recipients hold +15551230002 --reason 'case 7 O 12/26'"
UNHOLD_EPILOG = "Example: dialtrail recipients unhold +15551230002"
Reason = Annotated[
    str | None,
    typer.Option(help="Why, for those who look later; it is not sealed and never erased: name nobody in it."),
]
HoldReason = Annotated[str | None, typer.Option(help="Why, for those who look later.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without it nothing is done, and what would go is shown.")]


def erase(number: Number, yes: Yes = False, reason: Reason = None, as_json: AsJson = False) -> None:
    """Erase a person for good: number, variables, raw bodies, digits and AI results, in all spellings and in their calls.

    The events stay, and so do statuses, figures, and a suppression; what is personal in them is gone, here and in each
    copy and backup of the ledger. Nothing brings it back. Why your people suppressed them, and this reason, stay. Where a campaign of theirs needs approval, a second operator
    gives the same command within 7 days. The ledger has to be a sealed one: docs/erasure.md.
    """
    asked = {"number": number, "confirmed": yes, **({"reason": reason} if reason else {})}
    done = with_api("recipients erase", lambda api: _erased(api, asked))
    if as_json:
        write_json(done)
        return
    write(_in_words(done))
    if done["erased"]:
        say("exports, captures, logs and whoever subscribed may have the number still: docs/erasure.md")
        if not done["keys_destroyed"]:
            say("the keys are not destroyed yet, which is tried again until it is done: dialtrail status says when not")
        if not done["views_rebuilt"]:
            say("lists may still show it: dialtrail rebuild")
    elif not yes:
        say("nothing was erased; to do it, give the same command with --yes")


def hold(number: Number, reason: HoldReason = None, as_json: AsJson = False) -> None:
    """Let nobody erase this person, until the hold is lifted."""
    body = {"number": number, **({"reason": reason} if reason else {})}
    done = with_api("recipients hold", lambda api: api.post(path_of("legal-holds"), body))
    _tell(done, as_json, f"{number} is not erased until that is lifted: dialtrail recipients unhold")


def unhold(number: Number, as_json: AsJson = False) -> None:
    """Lift a legal hold: this person may be erased again."""
    done = with_api("recipients unhold", lambda api: api.delete(path_of("legal-holds", number)))
    _tell(done, as_json, f"{number} may be erased again")


async def _erased(api: Api, asked: Json) -> Json:
    done: Json = await api.post(path_of("erasures"), asked)
    if done["erased"]:
        await seen_rebuilt(api, done)
    return done


def _in_words(done: Json) -> str:
    what = ", ".join(f"{many} {kind}" for kind, many in done["keys"].items()) or "none"
    of = f"{counted(done['calls'], 'call')}, {counted(done['quarantined'], 'delivery', 'deliveries')} in quarantine"
    if more := done.get("not_looked_at", 0):
        of += f" (of {more:,} more it was not looked whether they name the number; they are when it is done)"
    words = f"known in {counted(done['spellings'], 'spelling')}, with {of}; keys: {what}"
    if done["erased"]:
        return f"erased: {words}"
    if done["waits_until"] is not None:
        return f"asked for: a second operator has to give the same command until {done['waits_until']}; {words}"
    return f"would erase: {words}" + ("; but a legal hold stands" if done["held"] else "")


def _tell(done: Json, as_json: bool, words: str) -> None:
    if as_json:
        write_json(done)
    else:
        write(words)
