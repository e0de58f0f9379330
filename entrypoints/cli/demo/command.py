"""The command `dialtrail demo`."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.folder_owner import read_owner
from domain.errors import DialtrailError, InvalidInput
from entrypoints.cli.demo.children import Children
from entrypoints.cli.demo.scene import CAMPAIGN_ID, Scene
from entrypoints.cli.failure import EXIT_FAILURE, CommandFailed
from entrypoints.cli.output import say

if TYPE_CHECKING:
    from entrypoints.cli.demo.results import Results

EPILOG = "Example: dialtrail demo --recipients 40 --serve"
RECIPIENTS_MIN, RECIPIENTS_MAX = 12, 500
PAGE_PATH = "/campaigns/"
LOOK_SECONDS = 0.5

Recipients = Annotated[int, typer.Option(min=RECIPIENTS_MIN, max=RECIPIENTS_MAX, help="How many people to call.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed plays the same day.")]
Keep = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Keep ledger and logs in this new folder, to look around in them.")
]

Serve = Annotated[bool, typer.Option("--serve", help="Leave it running at the end, with its pages open, until Ctrl-C.")]


def demo(recipients: Recipients = 40, seed: Seed = 7, keep: Keep = None, serve: Serve = False) -> None:
    """Play a whole campaign against the sandbox, then show the outcome and the proof. It calls nobody.

    The sandbox repeats, shuffles and drops webhooks, runs out of balance, refuses some calls and loses an answer;
    Dialtrail is killed with -9 in the middle, and started again. Both run as real processes, on ports of their own, and
    are stopped at the end, or with --serve when you press Ctrl-C. The exit code is 1 where any promise did not hold.
    """
    from entrypoints.cli.demo.results import write_results  # noqa: PLC0415 - help plays nothing

    with _folder(keep) as folder:
        scene = Scene(folder, recipients, seed)
        scene.write_files()
        with Children(scene.folder) as children:
            results = _played(scene, children)
            write_results(results, scene, kept=keep is not None)
            if serve:
                _serve(scene, children)
    if not results.proven:
        raise typer.Exit(EXIT_FAILURE)


def _played(scene: Scene, children: Children) -> "Results":
    from entrypoints.cli.demo.play import play  # noqa: PLC0415

    try:
        return asyncio.run(play(scene, children))
    except DialtrailError:
        for line in children.last_lines():
            say(line)
        raise


def _serve(scene: Scene, children: Children) -> None:
    """Until Ctrl-C, or until one of the processes ends by itself."""
    owner = read_owner(scene.home)
    if owner is None or owner.url is None:
        raise CommandFailed("the demo's `dialtrail up` has ended; there is nothing to look at")
    sys.stdout.flush()
    try:
        say(f"its pages are open at {owner.url}{PAGE_PATH}{CAMPAIGN_ID} until you press Ctrl-C")
        say(f"and its commands work in another terminal with DIALTRAIL_HOME={scene.home}")
        while True:
            children.check()
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        say("stopped")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="dialtrail-demo-") as name:
            yield Path(name)
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
        taken = any(keep.iterdir())
    except OSError as error:
        raise InvalidInput("--keep", f"{keep} cannot be used ({error.strerror}); name a new folder") from None
    if taken:
        raise InvalidInput("--keep", f"{keep} is not empty; name a new folder")
    yield keep.resolve()
