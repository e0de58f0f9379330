"""Are the keys of a sealed ledger there, whole, private, and as new as the ledger?"""

from pathlib import Path

from adapters.keys import KEYS_FILE
from domain.counted import counted
from entrypoints.doctor.finding import Finding, Level
from entrypoints.doctor.keys_file import KeysFacts

PUT_BACK = "stop Dialtrail, and put the newest backup of the keys in its place (docs/erasure.md)"


def keys_findings(facts: KeysFacts | None, folder: Path) -> list[Finding]:
    """What is to be said of them; nothing where the ledger is not sealed."""
    if facts is None:
        return []
    path = folder / KEYS_FILE
    if not facts.is_there:
        what = f"{path} is missing: nothing that is sealed in the ledger can be read"
        return [_found("danger", what, PUT_BACK)]
    found = [_open_to_others(one, mode) for one, mode in facts.open_to_others]
    if facts.trouble is not None:
        return [*found, _found("danger", f"{path} cannot be read: {facts.trouble}", PUT_BACK)]
    if facts.missing_at is not None:
        what = (
            f"{path} is older than the ledger: it lacks a key of the event at position {facts.missing_at}, "
            "which cannot be read"
        )
        found.append(_found("danger", what, PUT_BACK))
    if facts.come_back:
        keys = counted(facts.come_back, "key that was destroyed is", "keys that were destroyed are")
        what = f"{path}: {keys} there again, as in a backup that was put back"
        todo = "start Dialtrail, which destroys them before it reads anything; then see that no other copy has them"
        found.append(_found("warning", what, todo))
    return found or [_found("ok", f"{path} has the keys of what is sealed, and none that was destroyed")]


def _open_to_others(path: Path, mode: int) -> Finding:
    right = "700" if path.is_dir() else "600"
    what = f"{path} is open to others (mode {mode:03o}), and has the keys of what is sealed"
    return _found("danger", what, f"run: chmod {right} {path}")


def _found(level: Level, what: str, what_to_do: str = "") -> Finding:
    return Finding("ledger", level, what, what_to_do)
