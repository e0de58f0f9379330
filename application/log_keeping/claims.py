"""What checkpoints claim of the ledger: those that are kept here, and those that somebody brings."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from adapters.verifiable_log.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from adapters.verifiable_log.note import VerifierKey, split_note
from adapters.verifiable_log.store import KeptCheckpoint
from application.log_keeping.differences import Alteration
from domain.errors import DialtrailError, InvalidInput


class SignedClaim(Struct, frozen=True):
    """The first `size` events have this root, says `name`."""

    name: str
    size: int
    root: bytes


class LogCheckpoints(NamedTuple):
    """What the store keeps of one log; the present one is the last of all."""

    origin: str
    kept: Sequence[KeptCheckpoint]


class SignedClaims(Struct):
    """Those that are signed by a known key, and what is to be said of the others; `unjudged` counts those of other keys."""

    claims: list[SignedClaim]
    findings: list[Alteration]
    unjudged: int = 0


def claims_of(
    logs: Sequence[LogCheckpoints],
    given: Sequence[tuple[str, bytes]],
    published: Sequence[tuple[str, bytes]],
    keys: Sequence[VerifierKey],
    *,
    trusts_store: bool,
) -> SignedClaims:
    """Those of the present log that are kept have to be signed by these keys if they are the store's own.

    Where the keys were brought along, as by an auditor, the newest has to be, for others may be of a key before it. What was
    `given` has to be a checkpoint; raises `InvalidInput` where it is none. What lies where it was `published` may be another
    log's. None may have a wrong signature of a known key.
    """
    found, origins = SignedClaims([], []), [log.origin for log in logs]
    for log in logs:
        is_present = log is logs[-1]
        whose = "" if is_present else f" of the earlier log {log.origin}"
        for one in log.kept:
            name = f"the checkpoint of {one.size} events{whose} that is kept here"
            is_needed = is_present and (trusts_store or one is log.kept[-1])
            _judge(found, name, one.note.encode(), [log.origin], keys, is_needed=is_needed)
    for name, note in given:
        try:
            read_checkpoint(note)
        except InvalidInput as error:
            raise InvalidInput("--checkpoint", f"{name} is no checkpoint ({error})") from error
        _judge(found, name, note, origins, keys, is_needed=True)
    for name, note in published:
        try:
            origin = read_checkpoint(note).origin
        except InvalidInput:
            continue  # whatever it is, no key has signed it
        _judge(found, name, note, [origin], keys, is_needed=False, is_new=True)
    return found


def _judge(
    found: SignedClaims,
    name: str,
    note: bytes,
    origins: Sequence[str],
    keys: Sequence[VerifierKey],
    *,
    is_needed: bool,
    is_new: bool = False,
) -> None:
    """`is_new`: it is left out where another one says the same."""
    try:
        checkpoint = _opened(note, origins, keys)
    except DialtrailError as error:
        if is_needed or _names_one_of(note, keys):
            found.findings.append(
                Alteration(kind="foreign_key", position=0, why=f"{name} is not signed as it has to be: {error}")
            )
        else:
            found.unjudged += 1
        return
    if not is_new or all((one.size, one.root) != (checkpoint.size, checkpoint.root) for one in found.claims):
        found.claims.append(SignedClaim(name, checkpoint.size, checkpoint.root))


def _names_one_of(note: bytes, keys: Sequence[VerifierKey]) -> bool:
    """Whether one of these is said to have signed it, or nobody can be, as it is no note."""
    try:
        lines = split_note(note)[1]
    except InvalidInput:
        return True
    known = {(key.name, key.key_id) for key in keys}
    return any((line.name, line.key_id) in known for line in lines)


def _opened(note: bytes, origins: Sequence[str], keys: Sequence[VerifierKey]) -> Checkpoint:
    said = read_checkpoint(note).origin
    origin = said if said in origins else origins[-1]
    return open_checkpoint(note, origin, keys).checkpoint
