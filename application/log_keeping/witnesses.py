"""Others who are asked to cosign: a witness never cosigns two histories of one name."""

import asyncio
from collections.abc import Sequence

from adapters.outgoing import OutgoingClient
from adapters.targets import Network
from adapters.verifiable_log.note import SignedBy, joined, split_note
from adapters.verifiable_log.store import LogHead, LogStore
from adapters.verifiable_log.tree import consistency_proof
from adapters.verifiable_log.witness_client import NotCosigned, WitnessClient, WitnessPlace
from application.log_keeping.signer import Witnessed
from domain.errors import Conflict


class Witnesses:
    """Asked from a thread without an event loop. `allowed` are networks that they may lie in although not public."""

    def __init__(self, store: LogStore, places: Sequence[WitnessPlace], allowed: Sequence[Network]) -> None:
        self._store = store
        self._places = places
        self._allowed = allowed

    def __call__(self, head: LogHead, note: bytes) -> Witnessed:
        """Have the checkpoint of a log as it is there cosigned. Raises `Conflict` where one knows another history of this name."""
        found = asyncio.run(self._ask(head, note))
        silent = []
        text, lines = split_note(note)
        again = {(one.line.name, one.line.key_id) for one in found if not isinstance(one, NotCosigned)}
        signed = [line.text for line in lines if (line.name, line.key_id) not in again]
        for place, one in zip(self._places, found, strict=True):
            if not isinstance(one, NotCosigned):
                signed.append(one.line.text)
            elif one.is_refused:
                raise Conflict(
                    f"the witness {place.key.name} has cosigned another history of the log {head.origin}: {one}. Nothing is "
                    "signed; look closer with `dialtrail verify`, and put the right ledger back, or set DIALTRAIL_LOG_ORIGIN "
                    "to a new name and start again"
                )
            else:
                silent.append(f"the witness {place.key.name} did not cosign the log's checkpoint: {one}")
        return Witnessed(joined(text, signed), silent)

    async def _ask(self, head: LogHead, note: bytes) -> Sequence[SignedBy | NotCosigned]:
        async def prove(old: int, new: int) -> Sequence[bytes]:
            read = self._store.reader(LogHead(head.log, head.origin, new, 0))
            return await asyncio.to_thread(consistency_proof, old, new, read)

        async with OutgoingClient(self._allowed) as outgoing:
            return await WitnessClient(outgoing).cosign_all(self._places, note, prove)
