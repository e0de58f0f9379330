"""Keys and notes of the tests. The seeds are no secret of anybody."""

from datetime import UTC, datetime

from adapters.verifiable_log.note import COSIGNATURE, Signer

NOW = datetime(2026, 11, 30, 17, 0, 0, 900_000, tzinfo=UTC)
AT = int(NOW.timestamp())
ORIGIN = "log.example/dialtrail"
LOG = Signer(ORIGIN, bytes(range(32)))
OTHER_LOG = Signer(ORIGIN, bytes(range(1, 33)))
WITNESS = Signer("witness.example/w1", bytes(range(2, 34)), COSIGNATURE)
WITNESS_2 = Signer("witness.example/w2", bytes(range(3, 35)), COSIGNATURE)
