import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.verifiable_log.note import (
    COSIGNATURE,
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    Signer,
    VerifierKey,
    joined,
    made_signer,
    open_note,
    sign,
    signature_lines,
    split_note,
)
from domain.errors import InvalidInput, NotProven
from tests.adapters.verifiable_log.examples import AT, LOG, NOW, OTHER_LOG, WITNESS, WITNESS_2

SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
PUBLIC_LOG = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
PUBLIC_WITNESS = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
PUBLIC_CHECKPOINT = """arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
"""
TEXT = "a\nb\n"


def test_the_specifications_example_opens_under_its_key() -> None:
    key = VerifierKey.parse(SPEC_KEY)

    opened = open_note(SPEC_NOTE.encode(), [key])

    assert opened.text == "This is an example message.\n"
    assert [(one.key, one.at) for one in opened.signed] == [(key, None)]
    assert opened.unknown == []
    assert key.text == SPEC_KEY


def test_gos_example_is_signed_byte_for_byte_as_it_is_there() -> None:
    signer = Signer.parse(GO_SECRET + "\n")
    text = GO_NOTE[: GO_NOTE.index("\n\n") + 1]

    assert signer.key.text == GO_KEY
    assert signer.secret_text == GO_SECRET
    assert sign(text, [signer], NOW).decode() == GO_NOTE
    assert "AYEKFALVFGyN" not in repr(signer)


def test_what_a_public_log_and_a_public_witness_signed_opens() -> None:
    log, witness = VerifierKey.parse(PUBLIC_LOG), VerifierKey.parse(PUBLIC_WITNESS)

    opened = open_note(PUBLIC_CHECKPOINT.encode(), [log, witness])

    assert [(one.key, one.at) for one in opened.signed] == [(log, None), (witness, 0x6A122120)]
    assert [one.name for one in opened.unknown] == [log.name, "transparency.dev/DEV:witness-little-garden"]
    with pytest.raises(NotProven, match=r"remora\.n621\.de.*does not hold"):
        open_note(PUBLIC_CHECKPOINT.replace("1432088532", "1432088533").encode(), [witness])


def test_a_witness_signs_the_text_with_its_time() -> None:
    note = sign(TEXT, [LOG, WITNESS, WITNESS_2], NOW)

    opened = open_note(note, [WITNESS.key, LOG.key])

    assert [(one.key, one.at) for one in opened.signed] == [(LOG.key, None), (WITNESS.key, AT)]
    assert [one.name for one in opened.unknown] == ["witness.example/w2"]
    assert joined(opened.text, [one.line.text for one in opened.signed] + [one.text for one in opened.unknown]) == note


def test_the_same_secret_as_a_witness_has_another_id() -> None:
    as_log = Signer.parse(GO_SECRET)
    as_witness = Signer.parse(GO_SECRET, kind=COSIGNATURE)

    assert as_log.key.public == as_witness.key.public
    assert as_log.key.key_id != as_witness.key.key_id
    assert as_witness.secret_text == GO_SECRET
    assert VerifierKey.parse(as_witness.key.text) == as_witness.key
    with pytest.raises(NotProven, match="none of its signatures"):
        open_note(sign(TEXT, [as_witness], NOW), [as_log.key])


def test_a_new_key_is_made_of_chance() -> None:
    asked: list[int] = []

    def chance(count: int) -> bytes:
        asked.append(count)
        return bytes(count)

    assert made_signer("example.com/log", chance).key == Signer("example.com/log", bytes(32)).key
    assert asked == [32]


def test_of_one_key_the_first_signature_counts_and_each_has_to_hold() -> None:
    later = WITNESS.line(TEXT, NOW.replace(hour=18))
    note = joined(TEXT, [WITNESS.line(TEXT, NOW), later])
    assert [one.at for one in open_note(note, [WITNESS.key]).signed] == [AT]

    wrong = joined(TEXT, [WITNESS.line(TEXT, NOW), WITNESS.line("c\n", NOW)])
    with pytest.raises(NotProven, match="does not hold"):
        open_note(wrong, [WITNESS.key])


def test_a_key_of_the_same_name_is_another_key() -> None:
    with pytest.raises(NotProven, match="none of its signatures"):
        open_note(sign(TEXT, [OTHER_LOG], NOW), [LOG.key])
    forged = joined(TEXT, [LOG.line(TEXT, NOW).replace(" ", "\N{NO-BREAK SPACE}", 1)])
    with pytest.raises(InvalidInput, match="is no signature"):
        open_note(forged, [LOG.key])


@pytest.mark.parametrize(
    ("signature", "at"), [(b"", "no cosignature"), (bytes(72), "no cosignature"), (b"\xff" * 72, "no cosignature")]
)
def test_a_cosignature_without_a_time_that_can_be_does_not_hold(signature: bytes, at: str) -> None:
    with pytest.raises(NotProven, match=at):
        WITNESS.key.signed_at(TEXT, signature)
    with pytest.raises(NotProven, match="does not hold"):
        LOG.key.signed_at(TEXT, signature)


@pytest.mark.parametrize(
    ("note", "why"),
    [
        (b"", "no empty line"),
        (b"a\n", "no empty line"),
        (b"a\n\n", "does not end in the line feed"),
        (b"a\n\n\xe2\x80\x94 name AAAAAAA=", "does not end in the line feed"),
        (b"a\n\nname AAAAAAA=\n", "is no signature"),
        (b"a\n\n\xe2\x80\x94 name\n", "is no signature"),
        (b"a\n\n\xe2\x80\x94  AAAAAAA=\n", "a key's name has 1 to 200"),
        (b"a\n\n\xe2\x80\x94 na+me AAAAAAA=\n", "no spaces"),
        (b"a\n\n\xe2\x80\x94 name AAAAAAA\n", "is not base64"),
        (b"a\n\n\xe2\x80\x94 name AAAAAAB=\n", "is not base64"),
        (b"a\n\n\xe2\x80\x94 name AAAA AAA=\n", "is not base64"),
        (b"a\n\n\xe2\x80\x94 name AAAAAA==\n", "no signature after"),
        (b"a\r\n\n\xe2\x80\x94 name AAAAAAA=\n", "control character"),
        (b"a\0\n\n\xe2\x80\x94 name AAAAAAA=\n", "control character"),
        (b"a\xff\n\n\xe2\x80\x94 name AAAAAAA=\n", "is not UTF-8 at byte 1"),
        (b"a\xed\xa0\x80\n\n\xe2\x80\x94 name AAAAAAA=\n", "is not UTF-8 at byte 1"),
        (b"a" * (NOTE_BYTES_MAX + 1), "at most 131072 are read"),
        (b"a\n\n" + b"\xe2\x80\x94 name AAAAAAA=\n" * (SIGNATURES_MAX + 1), "at most 64 are read"),
    ],
)
def test_what_is_no_note_is_refused_with_the_reason(note: bytes, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        open_note(note, [LOG.key])


def test_a_text_may_have_empty_lines_and_ends_at_the_last() -> None:
    note = sign("a\n\nb\n", [LOG], NOW)
    assert open_note(note, [LOG.key]).text == "a\n\nb\n"
    assert open_note(sign("\n", [LOG], NOW), [LOG.key]).text == "\n"


@pytest.mark.parametrize("text", ["", "a", "a\r\n", "a\0\n", "\ud800\n", "a" * NOTE_BYTES_MAX + "\n"])
def test_a_text_that_no_note_can_have_is_not_signed(text: str) -> None:
    with pytest.raises(InvalidInput):
        sign(text, [LOG], NOW)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no key"),
        ("a+b", "is no key"),
        ("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "1 to 200"),
        ("a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "no spaces"),
        ("a\N{IDEOGRAPHIC SPACE}b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "no spaces"),
        (SPEC_KEY.replace("530d903a", "530D903A"), "lower-case hex"),
        (SPEC_KEY.replace("530d903a", "530d90"), "lower-case hex"),
        (SPEC_KEY.replace("530d903a", "53 0d90 3a"), "lower-case hex"),
        (SPEC_KEY.replace("530d903a", "530d903b"), "not copied whole"),
        (SPEC_KEY.replace("foo", "fop"), "not copied whole"),
        (SPEC_KEY.replace("U2k", "U2?"), "not base64"),
        (SPEC_KEY[:-4], "has 29 bytes"),
        (SPEC_KEY.replace("Aeky", "Beky"), "of the kind 5"),
        ("a+530d903a+" + "A" * 10_000, "is no key"),
        ("\ud800+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "no spaces"),
    ],
)
def test_what_is_no_key_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        GO_KEY,
        GO_SECRET[:-4],
        GO_SECRET.replace("c74f20a3", "c74f20a4"),
        GO_SECRET.replace("+AYEK", "+AZEK"),
        "PRIVATE+KEY+",
    ],
)
def test_what_is_no_secret_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Signer.parse(text, "DIALTRAIL_LOG_KEY")
    assert refused.value.field == "DIALTRAIL_LOG_KEY"
    assert "EKFALVFGyNhPJEMzD1" not in str(refused.value)


@pytest.mark.parametrize(("name", "seed", "kind"), [("", bytes(32), 1), ("a", bytes(31), 1), ("a", bytes(32), 2)])
def test_a_key_that_cannot_be_is_not_made(name: str, seed: bytes, kind: int) -> None:
    with pytest.raises(InvalidInput):
        Signer(name, seed, kind)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_note_or_are_refused(note: bytes) -> None:
    try:
        text, lines = split_note(note)
    except InvalidInput:
        return
    assert joined(text, [line.text for line in lines]) == note


@given(st.integers(0, 500), st.integers(0, 255))
def test_a_note_with_one_byte_changed_does_not_open(at: int, byte: int) -> None:
    note = sign(TEXT, [LOG, WITNESS], NOW)
    at %= len(note)
    changed = note[:at] + bytes([byte]) + note[at + 1 :]
    if changed == note:
        return
    try:
        opened = open_note(changed, [LOG.key, WITNESS.key])
    except (InvalidInput, NotProven):
        return
    assert opened.text == TEXT  # a name or id was changed: that signature is of nobody now, and the other holds
    assert (len(opened.signed), len(opened.unknown)) == (1, 1)


def test_signature_lines_alone_are_read_too() -> None:
    lines = WITNESS.line(TEXT, NOW) + WITNESS_2.line(TEXT, NOW)
    assert "".join(one.text for one in signature_lines(lines)) == lines
    with pytest.raises(InvalidInput):
        signature_lines("")
