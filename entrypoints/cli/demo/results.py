"""What the demo prints at its end: outcomes, proof, the most eventful call, and what to type next."""

import shutil
from collections.abc import Sequence

from msgspec import Struct

from entrypoints.cli.api import Json
from entrypoints.cli.calls import write_timeline
from entrypoints.cli.demo.proof import Claim
from entrypoints.cli.demo.scene import CAMPAIGN_ID, Scene
from entrypoints.cli.output import write, write_table
from entrypoints.cli.status import write_campaign


class Results(Struct, frozen=True):
    """All that one demo has to show. `lost` are the recipients whose answer was lost, with their attempt."""

    seconds: float
    campaign: Json
    claims: Sequence[Claim]
    lost: Sequence[tuple[Json, Json]]
    eventful: Json | None

    @property
    def proven(self) -> bool:
        return all(claim.holds for claim in self.claims)


def write_results(results: Results, scene: Scene, *, kept: bool) -> None:
    write_campaign(results.campaign, definition=False)
    write()
    rows = [(claim.promise, claim.seen, "yes" if claim.holds else "NO") for claim in results.claims]
    write_table(("promise", "as the sandbox's own log shows", "held"), rows)
    write()
    for recipient, attempt in results.lost:
        write(explain_lost(recipient, attempt))
    if not results.lost:
        write("No answer to a dial request was lost this time.")
    if results.eventful is not None:
        write()
        write("The most eventful call: when things happened (MiniVoice's clock), and when Dialtrail learned of them.")
        write_timeline(results.eventful)
    write()
    write(f"The demo took {results.seconds:.0f} s.")
    _write_next(results, scene, kept=kept)


def explain_lost(recipient: Json, attempt: Json) -> str:
    """What became of the attempt whose answer never came."""
    about = f"The answer to the dial request for {recipient['number']} was lost on purpose; it was not dialled again."
    if attempt.get("call_id") is not None:
        return (
            f"{about} Its call {attempt['call_id']} was found by what MiniVoice reported later: {recipient['status']}."
        )
    return (
        f"{about} It is {attempt['phase']} ({attempt.get('why') or 'no answer'}) until a report or a person settles it."
    )


def _write_next(results: Results, scene: Scene, *, kept: bool) -> None:
    if not kept:
        write("Nothing of it was kept; to look around in it: dialtrail demo --keep demo-data")
        return
    program = "dialtrail" if shutil.which("dialtrail") else ".venv/bin/dialtrail"
    write("Next:")
    write(f"  export DIALTRAIL_HOME={scene.home}")
    write(f"  {program} status {CAMPAIGN_ID}")
    if results.eventful is not None:
        call_id, number = results.eventful["call_id"], results.eventful.get("number")
        if number:
            write(f"  {program} status {CAMPAIGN_ID} {number}")
        write(f"  {program} timeline {call_id}")
        write(f"  {program} events {call_id} --json")
