"""The command `dialtrail demo`."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from domain.errors import DialtrailError, InvalidInput
from entrypoints.cli.demo.children import Children
from entrypoints.cli.demo.play import play
from entrypoints.cli.demo.results import Results, write_results
from entrypoints.cli.demo.scene import Scene
from entrypoints.cli.failure import EXIT_FAILURE
from entrypoints.cli.output import say

EPILOG = "Example: dialtrail demo --recipients 40 --keep demo-data"
RECIPIENTS_MIN, RECIPIENTS_MAX = 12, 500

Recipients = Annotated[int, typer.Option(min=RECIPIENTS_MIN, max=RECIPIENTS_MAX, help="How many people to call.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed plays the same day.")]
Keep = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Keep ledger and logs in this new folder, to look around in them.")
]


def demo(recipients: Recipients = 40, seed: Seed = 7, keep: Keep = None) -> None:
    """Play a whole campaign against the sandbox, then show the outcome and the proof. It calls nobody.

    The sandbox repeats, shuffles and drops webhooks, runs out of balance, refuses some calls and loses an answer;
    Dialtrail is killed with -9 in the middle, and started again. Both run as real processes, on ports of their own, and
    are stopped at the end. The exit code is 1 where any promise did not hold.
    """
    with _folder(keep) as folder:
        scene = Scene(folder, recipients, seed)
        scene.write_files()
        results = _played(scene)
        write_results(results, scene, kept=keep is not None)
    if not results.proven:
        raise typer.Exit(EXIT_FAILURE)


def _played(scene: Scene) -> Results:
    with Children(scene.folder) as children:
        try:
            return asyncio.run(play(scene, children))
        except DialtrailError:
            for line in children.last_lines():
                say(line)
            raise


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
