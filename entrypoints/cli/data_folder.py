"""Is there anything to ask? A command that only looks makes no data folder, and says where it looked."""

from pathlib import Path
from typing import TYPE_CHECKING

from adapters.folder_owner import read_owner
from adapters.wal_files import LEDGER_FILE
from entrypoints.cli.failure import CommandFailed

if TYPE_CHECKING:
    from entrypoints.settings import Settings


def require_data(settings: "Settings", *, even_if_owned: bool = False) -> None:
    """Raises `CommandFailed` where the settings lead to no ledger, and nobody is about to make one there.

    With `even_if_owned` also where a process owns the folder, as this one may.
    """
    if settings.database_url is not None or _may_be_there(settings.home / LEDGER_FILE):
        return
    if even_if_owned or read_owner(settings.home) is None:
        raise _no_data(settings)


def _may_be_there(ledger: Path) -> bool:
    """Whether it is; also where nobody can tell, for whoever opens the folder says then what is wrong with it."""
    try:
        return ledger.exists() or (ledger.parent.exists() and not ledger.parent.is_dir())
    except OSError:
        return True


def _no_data(settings: "Settings") -> CommandFailed:
    named_in = settings.sources.get("DIALTRAIL_HOME")
    why = "DIALTRAIL_HOME is not set" if named_in is None else f"DIALTRAIL_HOME comes from {named_in}"
    return CommandFailed(
        f"there is no data in {settings.home.absolute()} ({why}), and nothing was made; give the command in the folder of "
        "your dialtrail.env, or set DIALTRAIL_HOME to the data folder; where there is none yet, `dialtrail up` and "
        "`dialtrail campaign create FILE` make it"
    )
