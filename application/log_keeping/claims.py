"""What checkpoints claim of the ledger: those that are kept here, and those that somebody brings."""

from collections.abc import Sequence

from msgspec import Struct

from adapters.verifiable_log.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from adapters.verifiable_log.note import VerifierKey
from adapters.verifiable_log.store import KeptCheckpoint
from application.log_keeping.differences import Alteration
from domain.errors import DialtrailError, InvalidInput


class SignedClaim(Struct, frozen=True):
    """The first `size` events have this root, says `name`."""

    name: str
    size: int
    root: bytes


class SignedClaims(Struct):
    """Those that are signed by a known key, and what is to be said of the others; `unjudged` counts kept ones of other keys."""

    claims: list[SignedClaim]
    findings: list[Alteration]
    unjudged: int = 0


def claims_of(
    origins: Sequence[str],
    kept: Sequence[KeptCheckpoint],
    given: Sequence[tuple[str, bytes]],
    keys: Sequence[VerifierKey],
    *,
    trusts_store: bool,
) -> SignedClaims:
    """Of a log with these names, the present one last. Kept ones have to be signed by these keys if they are the store's own.

    Where the keys were brought along, as by an auditor, the newest has to be, for others may be of a key before it. What was
    given has to be a checkpoint; raises `InvalidInput` where it is none.
    """
    found = SignedClaims([], [])
    for one in kept:
        name = f"the checkpoint of {one.size} events that is kept here"
        _judge(found, name, one.note.encode(), origins[-1:], keys, is_needed=trusts_store or one is kept[-1])
    for name, note in given:
        try:
            read_checkpoint(note)
        except InvalidInput as error:
            raise InvalidInput("--checkpoint", f"{name} is no checkpoint ({error})") from error
        _judge(found, name, note, origins, keys, is_needed=True)
    return found


def _judge(
    found: SignedClaims, name: str, note: bytes, origins: Sequence[str], keys: Sequence[VerifierKey], *, is_needed: bool
) -> None:
    try:
        checkpoint = _opened(note, origins, keys)
    except DialtrailError as error:
        if is_needed:
            found.findings.append(
                Alteration(kind="foreign_key", position=0, why=f"{name} is not signed as it has to be: {error}")
            )
        else:
            found.unjudged += 1
        return
    found.claims.append(SignedClaim(name, checkpoint.size, checkpoint.root))


def _opened(note: bytes, origins: Sequence[str], keys: Sequence[VerifierKey]) -> Checkpoint:
    said = read_checkpoint(note).origin
    origin = said if said in origins else origins[-1]
    return open_checkpoint(note, origin, keys).checkpoint
