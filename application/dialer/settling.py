"""Settles what another process has left on the wire, or an earlier one."""

from collections.abc import Mapping

import structlog

from adapters.ledger import Ledger
from adapters.sending_marks import Witness
from application.commands.left_behind import settle_left_behind

LEFT_BEHIND_A_COMMIT_MAX = 500

log = structlog.get_logger("dialtrail.dialer")


async def settle(ledger: Ledger, started: Mapping[str, str], witness: Witness, metadata: Mapping[str, str]) -> None:
    """Settle these attempts, each by its recipient's stream, by what the witness knows of them; a few in each commit."""
    left = list(started.items())
    for at in range(0, len(left), LEFT_BEHIND_A_COMMIT_MAX):
        some = dict(left[at : at + LEFT_BEHIND_A_COMMIT_MAX])
        settled = await ledger.execute(settle_left_behind(some, witness), lane="answers", metadata=metadata)
        abandoned, unresolved = settled.result
        log.warning(
            "settled attempts of an earlier process",
            abandoned=abandoned,
            unresolved=unresolved,
            doubt=witness.doubt,
        )
