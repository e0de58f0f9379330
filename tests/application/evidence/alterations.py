"""What somebody may do to a bundle: from outside, with nothing but the files; or with the log's own key."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adapters.verifiable_log.checkpoint import Checkpoint, sign_checkpoint
from adapters.verifiable_log.note import Signer
from application.evidence.verifier import check, events, page
from application.evidence.verifier.notes import TreeHead, read_head
from tests.application.evidence.bundles import signed_again

Files = Mapping[str, bytes]
Event = events.BundledEvent
Change = Callable[[list[Event], list[Any]], None]
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def outside(files: Files, signer: Signer) -> dict[str, Files]:
    """Nothing can be signed there, or by a key of the same name alone."""
    foreign = Signer(signer.key.name, bytes(32))
    one_byte = {f"a byte of {name}": {**files, name: flipped(files[name])} for name in files}
    return {
        **one_byte,
        "one file less": {name: files[name] for name in files if name != "said.json"},
        "no manifest": {name: files[name] for name in files if name != check.MANIFEST},
        "one file more": {**files, "more.txt": b"a"},
        "a manifest signed by a foreign key": signed_again(files, foreign),
        "a checkpoint signed by a foreign key": {**files, "checkpoint": other_checkpoint(files, foreign)},
        "an empty list of events": {**files, "events.jsonl": b"", "proofs.jsonl": b""},
    }


def inside(files: Files, signer: Signer) -> dict[str, Files]:
    """All is signed again, and whatever is derived is derived anew."""
    changed = {name: changed_events(files, signer, change) for name, change in CHANGES.items()}
    told = {
        name: signed_again({**files, name: files[name].replace(old, new, 1)}, signer)
        for name, old, new in (
            ("index.html", b"no rule stood against it", b"somebody agreed to it"),
            ("events.jsonl", b'{"position":', b'{"position":1e999,"was":'),
            ("verdicts.json", b'"attempts_max":', b'"attempts_most":'),
            ("said.json", b"actions", b"acts"),
            ("deliveries.json", b'"digest_is_the_bodys":true', b'"digest_is_the_bodys":null'),
        )
    }
    return {
        **changed,
        **{f"{name} says something else": found for name, found in told.items()},
        "a checkpoint of another root": signed_again({**files, "checkpoint": other_checkpoint(files, signer)}, signer),
        "a checkpoint of another size": signed_again(
            {**files, "checkpoint": other_checkpoint(files, signer, by=1)}, signer
        ),
        "a checkpoint of another log": signed_again(
            {**files, "checkpoint": other_checkpoint(files, signer, origin="example.org/other")}, signer
        ),
        "another line's spelling": signed_again(
            {**files, "events.jsonl": files["events.jsonl"].replace(b'{"position":', b'{ "position":', 1)}, signer
        ),
    }


def flipped(content: bytes) -> bytes:
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def other_checkpoint(files: Files, signer: Signer, by: int = 0, origin: str | None = None) -> bytes:
    was = read_head(files["checkpoint"].decode())
    root = was.root if by or origin else bytes(32)
    return sign_checkpoint(Checkpoint(origin or was.origin, was.size + by, root), [signer], NOW)


def changed_events(files: Files, signer: Signer, change: Change) -> Files:
    found = list(events.read_events(files["events.jsonl"]))
    proofs = [json.loads(line) for line in files["proofs.jsonl"].splitlines()]
    change(found, proofs)
    again = dict(files)
    again["events.jsonl"] = b"".join(events.event_line(one) for one in found)
    again["proofs.jsonl"] = b"".join(events.json_bytes(one) for one in proofs)
    statement = check.read_manifest(files[check.MANIFEST].decode().rpartition("\n\n")[0] + "\n")
    head = TreeHead(statement.origin, statement.size, b"")
    again[check.PAGE] = page.page(statement.kind, statement.subject, head, found)
    again |= {name: events.derived(name, found) for name in events.DERIVED_FROM}
    return signed_again(again, signer)


def _set(at: int, **fields: Any) -> Change:
    def change(found: list[Event], proofs: list[Any]) -> None:
        event = found[at]._replace(**fields)
        found[at] = events.bundled(event.position, event.stream, event.version, event.name, event.state)
        proofs[at]["position"] = event.position

    return change


def _state(at: int, old: bytes, new: bytes) -> Change:
    def change(found: list[Event], proofs: list[Any]) -> None:
        assert old in found[at].state
        _set(at, state=found[at].state.replace(old, new, 1))(found, proofs)

    return change


def _left_out(found: list[Event], proofs: list[Any]) -> None:
    """One of several of a stream, and not the last."""
    at = next(at for at, one in enumerate(found) if any(two.stream == one.stream for two in found[at + 1 :]))
    del found[at], proofs[at]


def _invented(found: list[Event], proofs: list[Any]) -> None:
    last = found[-1]
    found.append(events.bundled(last.position + 1, "call:invented", 1, "call.answered", last.state))
    proofs.append({**proofs[-1], "position": last.position + 1, "index": proofs[-1]["index"] + 1})


def _swapped(found: list[Event], proofs: list[Any]) -> None:
    """Two events in each other's place, each with the proof of that place."""
    first, second = found[0], found[1]
    found[0] = events.bundled(first.position, *second[1:5])
    found[1] = events.bundled(second.position, *first[1:5])


def _proof(name: str, made: Callable[[Any], Any]) -> Change:
    def change(_: Sequence[Event], proofs: list[Any]) -> None:
        proofs[0][name] = made(proofs[0][name])

    return change


def _fewer_proofs(_: Sequence[Event], proofs: list[Any]) -> None:
    proofs.pop()


def _twice(found: list[Event], proofs: list[Any]) -> None:
    found.insert(1, found[0])
    proofs.insert(1, proofs[0])


CHANGES: Mapping[str, Change] = {
    "a word of a state": _state(0, b'"metadata"', b'"metadatA"'),
    "when it was recorded": _state(1, b'"recorded_at":"2026', b'"recorded_at":"2025'),
    "a state written otherwise that says the same": _state(0, b":", b": "),
    "a position": _set(0, position=0),
    "a stream": _set(0, stream="campaign:another"),
    "a version": _set(0, version=2),
    "a name": _set(0, name="campaign.renamed"),
    "an event left out": _left_out,
    "an event that was never recorded": _invented,
    "an event twice": _twice,
    "two events in another order": _swapped,
    "a proof of another place": _proof("index", lambda index: index + 1),
    "a proof of no place": _proof("index", lambda _: -1),
    "a hash of a proof": _proof("hashes", lambda hashes: [*hashes[:-1], hashes[0]]),
    "a hash less": _proof("hashes", lambda hashes: hashes[1:]),
    "a hash more": _proof("hashes", lambda hashes: [*hashes, hashes[0]]),
    "no hashes": _proof("hashes", lambda _: []),
    "a proof of another event": _proof("position", lambda position: position + 1),
    "a proof less": _fewer_proofs,
}
