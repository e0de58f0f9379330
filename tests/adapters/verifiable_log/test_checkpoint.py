import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.verifiable_log.checkpoint import (
    Checkpoint,
    check_origin,
    open_checkpoint,
    read_checkpoint,
    sign_checkpoint,
)
from adapters.verifiable_log.note import sign
from adapters.verifiable_log.tree import EMPTY_ROOT
from domain.errors import InvalidInput, NotProven
from tests.adapters.verifiable_log.examples import AT, LOG, NOW, ORIGIN, OTHER_LOG, WITNESS

ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
SPEC = f"example.com/behind-the-sofa\n20852163\n{ROOT}\n"
MINE = Checkpoint(ORIGIN, 3, bytes(32))


def test_the_specifications_checkpoint_is_read_and_written() -> None:
    checkpoint = Checkpoint.parse(SPEC)

    assert checkpoint == Checkpoint("example.com/behind-the-sofa", 20852163, base64.b64decode(ROOT))
    assert checkpoint.text == SPEC


def test_further_lines_are_kept_as_they_are() -> None:
    checkpoint = Checkpoint.parse(SPEC + "more\nand more\n")
    assert checkpoint.extensions == ("more", "and more")
    assert checkpoint.text == SPEC + "more\nand more\n"


def test_the_empty_tree_has_a_checkpoint() -> None:
    assert Checkpoint.parse(Checkpoint(ORIGIN, 0, EMPTY_ROOT).text).size == 0


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "checkpoint"),
        (SPEC[:-1], "checkpoint"),
        (SPEC + "\n", "checkpoint"),
        (SPEC + "a\n" * 17, "checkpoint"),
        (SPEC + "a" * 20_000 + "\n", "checkpoint"),
        ("\n" + SPEC, "checkpoint"),
        ("a\n1\n", "checkpoint"),
        (SPEC.replace("example", "é" * 200), "origin"),
        (SPEC.replace("example", "\ud800"), "origin"),
        (SPEC.replace("example", "\t"), "origin"),
        (SPEC.replace("20852163", "020852163"), "size"),
        (SPEC.replace("20852163", "+20852163"), "size"),
        (SPEC.replace("20852163", "-1"), "size"),
        (SPEC.replace("20852163", " 1"), "size"),
        (SPEC.replace("20852163", "1_0"), "size"),
        (SPEC.replace("20852163", "٣"), "size"),
        (SPEC.replace("20852163", "9223372036854775808"), "size"),
        (SPEC.replace("20852163", "9" * 5000), "size"),
        (SPEC.replace(ROOT, ROOT[:-1]), "root"),
        (SPEC.replace(ROOT, ROOT[:-4]), "root"),
        (SPEC.replace("q2I=", "q2J="), "root"),
        (SPEC.replace("+", "-").replace("/X", "_X"), "root"),
    ],
)
def test_what_is_no_checkpoint_is_refused_by_its_field(text: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Checkpoint.parse(text)
    assert refused.value.field == field
    assert len(str(refused.value)) < 200


@given(st.text())
def test_any_text_is_a_checkpoint_in_its_one_spelling_or_is_refused(text: str) -> None:
    try:
        checkpoint = Checkpoint.parse(text)
    except InvalidInput:
        return
    assert checkpoint.text == text


@pytest.mark.parametrize(
    "checkpoint",
    [
        Checkpoint("", 1, bytes(32)),
        Checkpoint("a\nb", 1, bytes(32)),
        Checkpoint("a", -1, bytes(32)),
        Checkpoint("a", 2**63, bytes(32)),
        Checkpoint("a", 1, bytes(31)),
        Checkpoint("a", 1, bytes(32), ("",)),
        Checkpoint("a", 1, bytes(32), ("a\nb",)),
    ],
)
def test_what_no_checkpoint_can_say_is_not_signed(checkpoint: Checkpoint) -> None:
    with pytest.raises(InvalidInput):
        sign_checkpoint(checkpoint, [LOG], NOW)


def test_a_checkpoint_opens_under_its_logs_key_with_its_witnesses() -> None:
    note = sign_checkpoint(MINE, [LOG, WITNESS], NOW)

    opened = open_checkpoint(note, ORIGIN, [OTHER_LOG.key, LOG.key], [WITNESS.key])

    assert opened.checkpoint == MINE == read_checkpoint(note)
    assert [(one.key, one.at) for one in opened.note.signed] == [(LOG.key, None), (WITNESS.key, AT)]


def test_a_checkpoint_of_another_log_or_of_witnesses_alone_is_not_believed() -> None:
    with pytest.raises(NotProven, match=r"of another log, 'log\.example/dialtrail'"):
        open_checkpoint(sign_checkpoint(MINE, [LOG], NOW), "log.example/other", [LOG.key])
    with pytest.raises(NotProven, match="only witnesses have signed it"):
        open_checkpoint(sign_checkpoint(MINE, [WITNESS], NOW), ORIGIN, [LOG.key], [WITNESS.key])
    with pytest.raises(NotProven, match="none of its signatures"):
        open_checkpoint(sign_checkpoint(MINE, [OTHER_LOG], NOW), ORIGIN, [LOG.key])
    with pytest.raises(InvalidInput, match="at least three lines"):
        open_checkpoint(sign("a\n", [LOG], NOW), ORIGIN, [LOG.key])


def test_an_origin_is_said_by_the_field_that_has_it() -> None:
    assert check_origin("log.example") == "log.example"
    with pytest.raises(InvalidInput, match="DIALTRAIL_LOG_ORIGIN"):
        check_origin("", "DIALTRAIL_LOG_ORIGIN")
