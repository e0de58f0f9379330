"""The scripts that are being read from: each version of each campaign once, as long as there is room."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from adapters.ledger import Ledger
from application.answering.session import CallSession
from domain.identity import campaign_stream
from domain.last_used import LastUsed
from domain.ring_back import CampaignOf
from domain.script import Script, script_of
from projections.script_versions import NOTHING_WRITTEN, Written, written_with
from projections.stream_folds import StreamFolds

SCRIPTS_KEPT_MAX = 64


class ScriptCache:
    """A version never changes, so what was read once stays true. Usable from any thread.

    `installation` is the inbound script for campaigns that have none; it has no versions.
    """

    def __init__(self, ledger: Ledger, campaign_of: CampaignOf, installation: Script | None) -> None:
        self._written_by_then: StreamFolds[Written] = StreamFolds(ledger, NOTHING_WRITTEN, written_with)
        self._campaign_of = campaign_of
        self._installation = installation
        self._lock = Lock()
        self._scripts: LastUsed[tuple[str, bool, int], Script | None] = LastUsed(SCRIPTS_KEPT_MAX)

    def version_now(self, session: CallSession) -> int:
        """The version that a walk begins in; 0 where there is none."""
        match session.inbound:
            case None:
                campaign = self._campaign_of(session.campaign_id)
                return 0 if campaign is None else campaign.script_version
            case "campaign":
                return len(self._written_by_then.at(campaign_stream(session.campaign_id)).inbound)
            case "installation":
                return 0

    def script(self, session: CallSession, version: int) -> Script | None:
        """A version of the script that a call is told; None where there is none. Raises `InvalidInput` where it cannot be read."""
        if session.inbound == "installation":
            return self._installation
        place = (session.campaign_id, session.inbound is not None, version)
        with self._lock:
            if place in self._scripts:
                return self._scripts.get(place)
        found = self._written(*place)
        script = None if found is None else script_of(found)
        with self._lock:
            self._scripts.put(place, script)
        return script

    def _written(self, campaign_id: str, is_inbound: bool, version: int) -> Mapping[str, Any] | None:
        state = None if is_inbound else self._campaign_of(campaign_id)
        if state is not None and state.script_version == version:
            return state.plan.script
        written = self._written_by_then.at(campaign_stream(campaign_id))
        versions = written.inbound if is_inbound else written.versions
        return versions[version - 1].script if 0 < version <= len(versions) else None
