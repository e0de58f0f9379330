"""What lies in a data folder beside the ledger and goes along where the ledger goes to another folder.

The views are made anew, the marks are about one place, and `owner.json` is its owner's: they stay behind.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from adapters.alerts_file import ALERTS_FILE
from adapters.ended_sessions import ENDED_FILE
from adapters.outbox import OUTBOX_FILE

GOES_ALONG = (OUTBOX_FILE, ALERTS_FILE, ENDED_FILE)


def there_already(folder: Path) -> list[str]:
    """Which of these files a folder has."""
    return [name for name in GOES_ALONG if (folder / name).exists()]


def take_along(source: Path, target: Path) -> list[str]:
    """Copy them from a folder that nobody else uses meanwhile, in place of those in the target; which there were."""
    names = there_already(source)
    for name in names:
        part = target / f"{name}.part"
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        if name == OUTBOX_FILE:
            _copy_database(source / name, part)
        else:
            shutil.copyfile(source / name, part)
        part.replace(target / name)
    return names


def _copy_database(source: Path, target: Path) -> None:
    """With what is still in its WAL."""
    with closing(sqlite3.connect(source)) as ours, closing(sqlite3.connect(target)) as theirs:
        ours.backup(theirs)
