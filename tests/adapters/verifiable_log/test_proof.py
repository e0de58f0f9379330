import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.verifiable_log.checkpoint import Checkpoint, sign_checkpoint
from adapters.verifiable_log.proof import PROOF_BYTES_MAX, LogProof
from adapters.verifiable_log.tree import inclusion_proof
from domain.errors import InvalidInput, NotProven
from tests.adapters.verifiable_log.examples import LOG, NOW, ORIGIN, OTHER_LOG, WITNESS
from tests.adapters.verifiable_log.trees import KeptTree, leaves

LEAVES = leaves(100)
TREE = KeptTree(LEAVES)
NOTE = sign_checkpoint(Checkpoint(ORIGIN, 100, TREE.frontier.root()), [LOG, WITNESS], NOW)
HASH = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ="


def proof_of(index: int, extra: bytes | None = None) -> LogProof:
    return LogProof(index, inclusion_proof(index, 100, TREE.read), NOTE, extra)


@given(st.integers(0, 99), st.none() | st.binary(min_size=1))
def test_a_proof_is_read_as_it_was_written_and_holds_for_its_leaf_alone(index: int, extra: bytes | None) -> None:
    proof = LogProof.parse(proof_of(index, extra).to_bytes())

    assert proof == proof_of(index, extra)
    opened = proof.verify(LEAVES[index], ORIGIN, [LOG.key], [WITNESS.key])
    assert opened.checkpoint.size == 100
    assert len(opened.note.signed) == 2
    with pytest.raises(NotProven, match=f"inclusion of leaf {index} in 100"):
        proof.verify(LEAVES[index - 1], ORIGIN, [LOG.key])
    with pytest.raises(NotProven, match="none of its signatures"):
        proof.verify(LEAVES[index], ORIGIN, [OTHER_LOG.key])


def test_the_form_is_the_specifications() -> None:
    text = f"c2sp.org/tlog-proof@v1\nextra YWdl\nindex 73894\n{HASH}\n\nexample.com/fancylog\n109482\n"
    proof = LogProof.parse(text.encode())
    assert (proof.index, proof.extra, len(proof.hashes)) == (73894, b"age", 1)
    assert proof.checkpoint == b"example.com/fancylog\n109482\n"
    assert proof.to_bytes() == text.encode()
    alone = b"c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n"
    assert LogProof.parse(alone) == LogProof(0, [], b"checkpoint\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no checkpoint after"),
        ("c2sp.org/tlog-proof@v1\nindex 0\n\n", "no checkpoint after"),
        ("c2sp.org/tlog-proof@v2\nindex 0\n\na\n", "does not begin with"),
        ("c2sp.org/tlog-proof@v1\n\na\n", "no line `index N`"),
        ("c2sp.org/tlog-proof@v1\nextra YQ==\n\na\n", "no line `index N`"),
        ("c2sp.org/tlog-proof@v1\nindex 0\nextra YQ==\n\na\n", "is not base64"),
        ("c2sp.org/tlog-proof@v1\nextra ?\nindex 0\n\na\n", "extra: '\\?' is not base64"),
        ("c2sp.org/tlog-proof@v1\nextra \nindex 0\n\na\n", "extra: '' is not base64"),
        ("c2sp.org/tlog-proof@v1\nindex -5\n\na\n", "index: '-5'"),
        ("c2sp.org/tlog-proof@v1\nindex 05\n\na\n", "index: '05'"),
        ("c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\na\n", "stands for 3 bytes, not 32"),
        (f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH}\n" + f"{HASH}\n" * 63 + "\na\n", "at most 63"),
        ("c2sp.org/tlog-proof@v1\r\nindex 0\n\na\n", "control character"),
        ("a" * (PROOF_BYTES_MAX + 1), "are read"),
    ],
)
def test_what_is_no_proof_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        LogProof.parse(text.encode())


@given(st.binary(max_size=300))
def test_any_bytes_are_a_proof_in_its_one_spelling_or_are_refused(text: bytes) -> None:
    for one in (text, b"c2sp.org/tlog-proof@v1\n" + text):
        try:
            proof = LogProof.parse(one)
        except InvalidInput:
            continue
        assert proof.to_bytes() == one


def test_an_index_outside_of_the_tree_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no leaf of a tree of 100"):
        LogProof(100, [], NOTE).verify(LEAVES[0], ORIGIN, [LOG.key])
