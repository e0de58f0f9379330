"""The scripts that are being read from: each version of each campaign once, as long as there is room."""

from threading import Lock

from adapters.ledger import Ledger
from domain.identity import campaign_stream
from domain.last_used import LastUsed
from domain.script import Script, script_of
from projections.script_versions import script_versions

SCRIPTS_KEPT_MAX = 64


class ScriptCache:
    """A version never changes, so what was read once stays true. Usable from any thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._scripts: LastUsed[tuple[str, int], Script | None] = LastUsed(SCRIPTS_KEPT_MAX)

    def script(self, campaign_id: str, version: int) -> Script | None:
        """A version of a campaign's script; None where it has none in it. Raises `InvalidInput` where it cannot be read."""
        place = (campaign_id, version)
        with self._lock:
            if place in self._scripts:
                return self._scripts.get(place)
        versions = script_versions(self._ledger.read_stream(campaign_stream(campaign_id)))
        found = next((one.script for one in versions if one.version == version), None)
        script = None if found is None else script_of(found)
        with self._lock:
            self._scripts.put(place, script)
        return script
