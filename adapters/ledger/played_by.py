"""Who played a ledger's calls, where it was not MiniVoice. It stands in the ledger's own database, so that every copy says so."""

from adapters.ledger.recorder import LedgerRecorder
from domain.errors import SettingsError

SANDBOX = "sandbox"
_NAME = "played_by"


def keep_apart(recorder: LedgerRecorder, *, sandbox: bool) -> None:
    """Let the sandbox, or MiniVoice, place calls only where the other one has not; an empty ledger becomes the sandbox's.

    A ledger without a mark, such as one of an earlier release, is MiniVoice's. Raises `SettingsError`.
    """
    is_sandboxs = recorder.read_meta(_NAME) == SANDBOX
    if is_sandboxs == sandbox:
        return
    if is_sandboxs:
        raise SettingsError(
            "DIALTRAIL_HOME: the ledger there holds calls that the sandbox played, and real ones do not go beside them; set it "
            "to a new folder, or move this one away. To go on with the sandbox: dialtrail up --sandbox"
        )
    if recorder.max_notification_id() is not None:
        raise SettingsError(
            "DIALTRAIL_HOME: the ledger there was not begun with the sandbox, which would call its people and mix with what "
            "it holds; for the sandbox set it to a new folder, or give the command in another folder"
        )
    recorder.write_meta({_NAME: SANDBOX})
