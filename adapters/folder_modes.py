"""The rights of a data folder: it holds people's numbers, and the token of who owns it."""

import stat
from pathlib import Path

from domain.errors import SettingsError

OURS = (
    "ledger.db*",
    "views.db*",
    "outbox.db*",
    "ledger.highwater*",
    "views.lock",
    "sending.marks*",
    "owner.json",
    "log.db*",
    "keys",
    "keys/*",
)
OTHERS = 0o077


def keep_private(folder: Path) -> list[str]:
    """Take from all others their rights to our files; what is left to be mended by a person, a sentence each.

    Raises `SettingsError` where everybody may write into the folder, and so replace what is in it.
    """
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & stat.S_IWOTH:
        raise SettingsError(
            f"DIALTRAIL_HOME: everybody on this machine may write into {folder}, and replace the ledger; "
            f"run: chmod 700 {folder}"
        )
    found = []
    if mode & OTHERS:
        found.append(f"{folder} is open to others on this machine (mode {mode:03o}); run: chmod 700 {folder}")
    for file in sorted(one for pattern in OURS for one in folder.glob(pattern)):
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & OTHERS and file.is_file():
            try:
                file.chmod(mode & ~OTHERS)
            except PermissionError:
                found.append(
                    f"{file} is open to others (mode {mode:03o}), and another user's; let them run: chmod 600 {file}"
                )
    return found
