"""What the demo prints at its end: outcomes, proof, who is left to a person, two timelines, and what to type next."""

import shutil
from collections.abc import Mapping, Sequence

from msgspec import Struct

from entrypoints.cli.api import Json
from entrypoints.cli.calls import write_timeline
from entrypoints.cli.demo.proof import PromiseKept
from entrypoints.cli.demo.scene import CAMPAIGN_ID, Scene
from entrypoints.cli.output import write, write_table
from entrypoints.cli.status import write_campaign


class Results(Struct, frozen=True):
    """All that one demo has to show.

    `left` are the unresolved attempts, `true_calls` what only the sandbox can know: each attempt's call. `eventful` and
    `matched` are the timelines of two calls: one that was told in many words, one that no answer told of.
    """

    seconds: float
    campaign: Json
    claims: Sequence[PromiseKept]
    left: Sequence[Json]
    true_calls: Mapping[str, str]
    eventful: Json | None
    matched: Json | None

    @property
    def proven(self) -> bool:
        return all(claim.holds for claim in self.claims)


def write_results(results: Results, scene: Scene, *, kept: bool) -> None:
    write_campaign(results.campaign, definition=False)
    write()
    rows = [(claim.promise, claim.seen, "yes" if claim.holds else "NO") for claim in results.claims]
    write_table(("promise", "as the sandbox's own log shows", "held"), rows)
    for unresolved in results.left:
        write()
        for line in explain_left(unresolved, results.true_calls.get(str(unresolved["attempt_id"]))):
            write(line)
    if results.eventful is not None:
        write()
        write("The most eventful call: when things happened (MiniVoice's clock), and when Dialtrail learned of them.")
        write_timeline(results.eventful)
    if results.matched is not None:
        write()
        write("A call whose dial request was on the wire at the kill -9, found by what MiniVoice reported later.")
        write_timeline(results.matched)
    write()
    write(f"The demo took {results.seconds:.0f} s.")
    _write_next(results, scene, kept=kept)


def explain_left(unresolved: Json, true_call: str | None) -> list[str]:
    """Why an attempt is left to a person, and what that person would decide."""
    attempt = f"Attempt {unresolved['attempt_id']} to {unresolved['number']}"
    possible = [str(one["call_id"]) for one in unresolved["candidates"]]
    if not possible:
        return [f"{attempt} is unresolved: {unresolved['why']}; MiniVoice has reported no call that could be its own."]
    lines = [f"{attempt} is left to a person: {unresolved['why']}; these calls could be its own:"]
    return lines + [
        f"  {call_id}"
        + ("  (the one, as the sandbox knows; the other is somebody else's)" if call_id == true_call else "")
        for call_id in possible
    ]


def _write_next(results: Results, scene: Scene, *, kept: bool) -> None:
    if not kept:
        write("Nothing of it was kept; to look around in it: dialtrail demo --keep demo-data")
        return
    program = "dialtrail" if shutil.which("dialtrail") else ".venv/bin/dialtrail"
    write(f"Next (what the sandbox saw is in {scene.provider_log}):")
    write(f"  export DIALTRAIL_HOME={scene.home}")
    write(f"  {program} status {CAMPAIGN_ID}")
    write(f"  {program} unresolved")
    for unresolved in results.left:
        attempt_id = str(unresolved["attempt_id"])
        word = f"--call {results.true_calls[attempt_id]}" if attempt_id in results.true_calls else "--none"
        write(f"  {program} resolve {attempt_id} {word}")
    if results.eventful is not None:
        call_id, number = results.eventful["call_id"], results.eventful.get("number")
        if number:
            write(f"  {program} status {CAMPAIGN_ID} {number}")
        write(f"  {program} timeline {call_id}")
        write(f"  {program} events {call_id} --json")
