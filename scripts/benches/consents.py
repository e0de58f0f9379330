"""What it costs to judge each enrolment by consent, in the processor's time: all in this process, nothing beside.

    python consents.py [PEOPLE]     by default 100,000

The same people in four campaigns: with and without a consent in each row, and with and without a policy that requires one;
so that only the judging differs between two of a pair. Of each, in turn, three times: the import (commands, ledger) and the
fold of the views as they follow. The medians, in µs of the processor's time a person.
"""

import gc
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

from folding import fold  # noqa: E402
from msgspec.structs import replace  # noqa: E402

from adapters.ledger import Ledger, open_reader  # noqa: E402
from adapters.recipient_consent import RowConsent  # noqa: E402
from adapters.recipient_file import RecipientRow  # noqa: E402
from application.commands import campaigns, recipients  # noqa: E402
from domain.policy import ConsentRules, Policy  # noqa: E402
from entrypoints.process import tune_gc  # noqa: E402
from tests.adapters.ledger.stage import PLAN, T0, Clock, do, open_ledger  # noqa: E402

PEOPLE = 100_000
CHUNK_ROWS = 1_000
ROUNDS = 3
FOLLOWED_EVENTS = 1_000
CASES = [(consents, required) for consents in (False, True) for required in (False, True)]


def rows_of(ledger: Ledger, people: int, *, consents: bool) -> Iterator[list[tuple[str, RecipientRow]]]:
    """The file, in the chunks in which it is committed."""
    given = RowConsent(given_at=T0 - timedelta(days=9), basis="express written") if consents else None
    for first in range(0, people, CHUNK_ROWS):
        chunk = []
        for nth in range(first, min(people, first + CHUNK_ROWS)):
            number = f"+1555{nth:07}"
            row = RecipientRow(nth + 2, number, "America/New_York", {"name": f"Ada {nth}"}, consent=given)
            chunk.append((ledger.recipient_stream(number), row))
        yield chunk


def imported(folder: Path, people: int, *, consents: bool, required: bool) -> float:
    """Seconds of the processor's that an import takes."""
    policy = Policy(consent=ConsentRules(required=required)) if required else Policy()
    with closing(open_ledger(folder, Clock())) as ledger:
        do(ledger, campaigns.create_campaign("spring", replace(PLAN, policy=policy)))
        began = time.process_time()
        for chunk in rows_of(ledger, people, consents=consents):
            do(ledger, recipients.enroll_recipients("spring", "i", chunk))
        return time.process_time() - began


def folded(folder: Path, place: Path) -> float:
    """Seconds of the processor's that the views take of it."""
    with closing(open_reader(folder, None)) as reader:
        gc.collect()
        began = time.process_time()
        fold(reader, place, FOLLOWED_EVENTS)
        return time.process_time() - began


def medians(people: int, place: Path, took: Callable[[Path], tuple[float, float]]) -> tuple[float, float]:
    """µs a person of import and fold."""
    found = []
    for _ in range(ROUNDS):
        folder = place / "data"
        folder.mkdir()
        found.append(took(folder))
        shutil.rmtree(folder)
    to_import, to_fold = zip(*found, strict=True)
    return statistics.median(to_import) * 1e6 / people, statistics.median(to_fold) * 1e6 / people


def main(people: int) -> None:
    """Measure, and print."""
    tune_gc()
    with tempfile.TemporaryDirectory(prefix="dialtrail-bench-") as name:
        place = Path(name)
        for consents, required in CASES:

            def took(folder: Path, consents: bool = consents, required: bool = required) -> tuple[float, float]:
                return imported(folder, people, consents=consents, required=required), folded(folder, place)

            to_import, to_fold = medians(people, place, took)
            said = f"{'a consent in each row' if consents else 'no consents'}, {'required' if required else 'not asked for'}"
            print(f"{said:40} import {to_import:6.1f} µs, views {to_fold:6.1f} µs a person", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE)
