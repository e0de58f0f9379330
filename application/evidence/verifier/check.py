"""Checks a bundle: that nothing in it was altered, and that its log has each of its events."""

import argparse
import hashlib
import hmac
import io
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from application.evidence.verifier.events import (
    DERIVED_FROM,
    BundledEvent,
    arrived,
    check_streams,
    derived,
    read_events,
    read_keys,
    read_object,
)
from application.evidence.verifier.notes import (
    DoesNotHold,
    PublicKey,
    SignedText,
    TreeHead,
    decode_base64,
    entry_hash,
    open_signed,
    read_head,
    read_key,
    root_from,
)
from application.evidence.verifier.page import page

FIRST_LINE = "dialtrail.evidence/1"
MANIFEST = "manifest"
PAGE = "index.html"
FILES = (
    "README.txt",
    "checkpoint",
    "events.jsonl",
    PAGE,
    "keys.json",
    "opened.json",
    "proofs.jsonl",
    "verify.py",
    *DERIVED_FROM,
)
FILE_BYTES_MAX = 1024 * 1024 * 1024
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
HELP = """Checks a bundle of evidence: by itself, without Dialtrail and without a network.

It says what it checked. Exit code 0: all of it holds; 1: something does not; 2: it could not be looked at.
Without --log-key the key is the bundle's own word: compare it with what whoever runs the log has published elsewhere.
Of witnesses, only those count whose keys you give by --witness-key, because you trust them."""


class Trusted(NamedTuple):
    """What whoever verifies brings along."""

    log_keys: Sequence[str]
    witness_keys: Sequence[str]
    witnesses: int
    secret: bytes | None


class Statement(NamedTuple):
    """What the manifest says: of which log at which size, about what, and the SHA-256 of each file."""

    origin: str
    size: int
    kind: str
    subject: str
    digests: Mapping[str, str]


def manifest_text(head: TreeHead, kind: str, subject: str, digests: Mapping[str, str]) -> str:
    """What is signed: all events of the streams named in them, up to this size of the log, are in the bundle."""
    files = "".join(f"sha256 {digests[name]} {name}\n" for name in sorted(digests))
    return f"{FIRST_LINE}\n{head.origin}\n{head.size}\n{kind} {subject}\n{files}"


def read_manifest(text: str) -> Statement:
    """The same again; it is written in one way only."""
    try:
        first, origin, size, about, *files = text.removesuffix("\n").split("\n")
        kind, _, subject = about.partition(" ")
        digests = {line.split(" ")[2]: line.split(" ")[1] for line in files}
        found = Statement(origin, int(size), kind, subject, digests)
    except (ValueError, IndexError):
        raise DoesNotHold("manifest: it is not written as manifests are") from None
    head = TreeHead(origin, found.size, b"")
    if first != FIRST_LINE or manifest_text(head, kind, subject, digests) != text:
        raise DoesNotHold("manifest: it is not written as manifests are")
    return found


def verify(files: Mapping[str, bytes], trusted: Trusted, say: Callable[[str], None]) -> None:
    """Check everything. Raises `DoesNotHold` at the first thing that does not."""
    log_keys, witness_keys = known_keys(files, trusted, say)
    statement = check_manifest(files, open_signed(MANIFEST, needed(files, MANIFEST), log_keys))
    say(f"ok: the manifest is signed by the log's key, and all {len(FILES)} files are as it says")
    head = check_checkpoint(files, statement, log_keys, witness_keys, trusted.witnesses, say)
    events = list(read_events(files["events.jsonl"], read_keys(files["opened.json"])))
    check_proofs(files, events, head)
    say(f"ok: the log has each of the {len(events)} events, in this order")
    streams = check_streams(events)
    say(f"ok: nothing was left out between the first and the last event of {len(streams)} streams")
    for name in DERIVED_FROM:
        if derived(name, events) != files[name]:
            raise DoesNotHold(f"{name}: it does not say what the events say")
    if page(statement.kind, statement.subject, head, events) != files[PAGE]:
        raise DoesNotHold(f"{PAGE}: it does not say what the events say")
    if sealed := sum(event.is_sealed for event in events):
        say(f"note: of {sealed} events personal fields are sealed: erased, or kept from you")
    say("ok: the page, the verdicts, the deliveries and what was said are what the events say")
    check_deliveries(events, trusted.secret, say)


def known_keys(
    files: Mapping[str, bytes], trusted: Trusted, say: Callable[[str], None]
) -> tuple[list[PublicKey], list[PublicKey]]:
    """The log's and the witnesses' keys that count."""
    own = read_object("keys.json", needed(files, "keys.json")).get("log")
    texts = list(trusted.log_keys) or [str(one) for one in own or []]
    if not trusted.log_keys:
        say(f"note: the log's key is the bundle's own word: {' '.join(texts)[:300]!a}; give yours by --log-key")
    log_keys = [read_key(text) for text in texts]
    witness_keys = [read_key(text) for text in trusted.witness_keys]
    if any(key.kind != 1 for key in log_keys) or any(key.kind != 4 for key in witness_keys):
        raise DoesNotHold("keys: a log's key has the kind 1, a witness's 4")
    return log_keys, witness_keys


def check_manifest(files: Mapping[str, bytes], signed: SignedText) -> Statement:
    """Every file is there, and none besides, each as the manifest says."""
    statement = read_manifest(signed.text)
    if set(statement.digests) != set(FILES) or set(files) != {*FILES, MANIFEST}:
        wrong = sorted({*files, *statement.digests} ^ {*FILES, MANIFEST})
        raise DoesNotHold(f"manifest: files are missing, or do not belong here: {' '.join(wrong)[:300]!a}")
    for name in FILES:
        if hashlib.sha256(files[name]).hexdigest() != statement.digests[name]:
            raise DoesNotHold(f"{name}: it is not the file that the manifest names")
    return statement


def check_checkpoint(
    files: Mapping[str, bytes],
    statement: Statement,
    log_keys: Sequence[PublicKey],
    witness_keys: Sequence[PublicKey],
    wanted: int,
    say: Callable[[str], None],
) -> TreeHead:
    """The checkpoint is the log's, the one that the manifest is about, and cosigned by as many as were asked for."""
    opened = open_signed("checkpoint", files["checkpoint"], [*log_keys, *witness_keys])
    head = read_head(opened.text)
    if (head.origin, head.size) != (statement.origin, statement.size):
        raise DoesNotHold("checkpoint: it is of another log, or another size, than the manifest says")
    if not any(key in log_keys for key, _ in opened.signed):
        raise DoesNotHold("checkpoint: the log has not signed it")
    cosigned = [(key, at) for key, at in opened.signed if key in witness_keys]
    say(f"ok: the checkpoint of {head.origin!a} with {head.size} entries is signed by the log's key")
    for key, at in cosigned:
        say(f"ok: the witness {key.name!a} cosigned it at second {at} since 1970")
    if len(cosigned) < wanted:
        raise DoesNotHold(f"checkpoint: {len(cosigned)} of your witnesses cosigned it, and {wanted} are wanted")
    return head


def check_proofs(files: Mapping[str, bytes], events: Sequence[BundledEvent], head: TreeHead) -> None:
    """Each event is in the tree, at a place of its own, in the order of the log."""
    lines = files["proofs.jsonl"].splitlines()
    if len(lines) != len(events):
        raise DoesNotHold(f"proofs.jsonl: {len(lines)} proofs for {len(events)} events")
    last = -1
    for event, line in zip(events, lines, strict=True):
        what = f"event {event.position}"
        proof = read_object(f"{what}: its proof", line)
        index, hashes = proof.get("index"), proof.get("hashes")
        if proof.get("position") != event.position or type(index) is not int or not isinstance(hashes, list):
            raise DoesNotHold(f"{what}: its proof is of another event")
        if not last < index < head.size:
            raise DoesNotHold(f"{what}: its place in the log does not come after the one before, or is not in it")
        leaf = entry_hash(event.position, event.stream, event.version, event.name, event.state)
        try:
            root = root_from(leaf, index, head.size, [decode_base64(str(one)) for one in hashes])
        except DoesNotHold as error:
            raise DoesNotHold(f"{what}: {error}") from None
        if root != head.root:
            raise DoesNotHold(f"{what}: the log does not have it as it is here")
        last = index


def check_deliveries(events: Sequence[BundledEvent], secret: bytes | None, say: Callable[[str], None]) -> None:
    """Each raw body has its digest; with the secret, also the provider's signature."""
    checked = 0
    for event in events:
        body, headers = arrived(event), event.fields.get("headers")
        if event.fields.get("source") != "webhook" or body is None:
            continue
        if hashlib.sha256(body).hexdigest() != event.fields.get("digest"):
            raise DoesNotHold(f"event {event.position}: the body is not the one whose digest was stored")
        if secret is not None and isinstance(headers, dict) and "x-minivoice-signature" in headers:
            signed = str(headers.get("x-minivoice-timestamp", "")).encode("latin-1", "replace") + b"." + body
            expected = "v1=" + hmac.digest(secret, signed, "sha256").hex()
            if not hmac.compare_digest(
                expected.encode(), str(headers["x-minivoice-signature"]).encode("utf-8", "replace")
            ):
                raise DoesNotHold(f"event {event.position}: the provider did not sign this body with that secret")
            checked += 1
    say("ok: every delivery's body has the digest that was stored with it")
    if secret is not None:
        say(f"ok: {checked} deliveries are signed by the provider with that secret")


def needed(files: Mapping[str, bytes], name: str) -> bytes:
    """A file that has to be there."""
    if name not in files:
        raise DoesNotHold(f"{name}: it is missing")
    return files[name]


def pack(out: IO[bytes], files: Mapping[str, bytes]) -> None:
    """Stored, and not packed: what a library makes of it would be another one's file."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            packed.writestr(info, files[name])


def read_bundle(path: Path) -> dict[str, bytes]:
    """The files of a bundle, packed or in a folder."""
    if path.is_dir():
        return {one.name: one.read_bytes() for one in path.iterdir() if one.name != "__pycache__"}
    with zipfile.ZipFile(path) as packed:
        if len(set(packed.namelist())) != len(packed.namelist()):
            raise DoesNotHold("the bundle has a file twice")
        if sum(one.file_size for one in packed.infolist()) > FILE_BYTES_MAX:
            raise DoesNotHold("the bundle is larger than any that Dialtrail makes")
        files = {one.filename: packed.read(one) for one in packed.infolist()}
    again = io.BytesIO()
    pack(again, files)
    if (
        path.stat().st_size != again.tell() or path.read_bytes() != again.getbuffer()
    ):  # other programs may find files in it that are not in its list
        raise DoesNotHold("the ZIP file is not as Dialtrail packs these files: there may be others in it")
    return files


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at the bundle that is named, or else at the folder in which this file is."""
    parser = argparse.ArgumentParser(description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", nargs="?", type=Path, default=Path(__file__).parent, help="a ZIP file or a folder")
    parser.add_argument("--log-key", action="append", default=[], metavar="VKEY", help="the log's key, as you know it")
    parser.add_argument("--witness-key", action="append", default=[], metavar="VKEY", help="of a witness you trust")
    parser.add_argument("--witnesses", type=int, default=0, metavar="N", help="so many of them have to have cosigned")
    parser.add_argument(
        "--webhook-secret-file", type=Path, metavar="FILE", help="the provider's secret, for signatures"
    )
    given = parser.parse_args(arguments)
    try:
        secret = given.webhook_secret_file.read_bytes().strip() if given.webhook_secret_file else None
        files = read_bundle(given.bundle)
        trusted = Trusted(given.log_key, given.witness_key, given.witnesses, secret)
        verify(files, trusted, print)
    except DoesNotHold as error:
        print(f"does not hold: {error}")  # noqa: T201
        return 1
    except (OSError, ValueError, OverflowError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        print(f"cannot be looked at: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        return 1 if isinstance(error, ValueError) else 2
    print("all of it holds")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
