"""What stands before all in a sealed copy."""

from domain.identity import SEALED_STREAM
from domain.ledger_life import LedgerSealed

OF_A_SEALED_COPY = (
    SEALED_STREAM,
    LedgerSealed(
        copy_id="c0ffee",
        origin="dialtrail/0011aabb",
        size=1180,
        root="47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        last_position=1200,
    ),
)
