import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as oracle_verifies

from adapters.verifiable_log.tree import (
    EMPTY_ROOT,
    SIZE_MAX,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from domain.errors import InvalidInput, NotProven
from tests.adapters.verifiable_log.trees import KeptTree, leaves, proof_by_definition, root_by_definition

LEAVES_MAX = 2000
# Nothing is proven of the empty tree there; a witness's protocol says that it is the beginning of each.
BEGINS_EMPTY = "additional/size1-is-zero-and-size2-is-not-zero"
VECTORS = Path(__file__).parent / "vectors"
LEAVES = leaves(LEAVES_MAX)
TREE = KeptTree(LEAVES)
ORACLE = InmemoryTree.init_from_entries([b"%d" % number for number in range(LEAVES_MAX)], algorithm="sha256")


def vectors(kind: str) -> list[Any]:
    rows = [json.loads(line) for line in (VECTORS / f"{kind}.jsonl").read_text().splitlines()]
    return [pytest.param(row, id=row["name"]) for row in rows]


def unpacked(row: dict[str, Any], *names: str) -> list[bytes]:
    return [base64.b64decode(row[name]) for name in names]


@pytest.mark.parametrize("row", vectors("inclusion"))
def test_a_published_proof_of_inclusion_holds_or_does_not(row: dict[str, Any]) -> None:
    leaf, root = unpacked(row, "leafHash", "root")
    proof = [base64.b64decode(one) for one in row["proof"]]

    if row["holds"]:
        verify_inclusion(leaf, row["leafIdx"], row["treeSize"], proof, root)
    else:
        with pytest.raises((NotProven, InvalidInput)):
            verify_inclusion(leaf, row["leafIdx"], row["treeSize"], proof, root)


@pytest.mark.parametrize("row", vectors("consistency"))
def test_a_published_proof_of_consistency_holds_or_does_not(row: dict[str, Any]) -> None:
    old_root, new_root = (one.ljust(32, b" ") for one in unpacked(row, "root1", "root2"))  # some are words
    proof = [base64.b64decode(one) for one in row["proof"]]

    if row["holds"] or row["name"] == BEGINS_EMPTY:
        verify_consistency(row["size1"], old_root, row["size2"], new_root, proof)
    else:
        with pytest.raises((NotProven, InvalidInput)):
            verify_consistency(row["size1"], old_root, row["size2"], new_root, proof)


def test_a_leaf_and_a_node_are_hashed_apart() -> None:
    assert leaf_hash(b"7") == LEAVES[7] == ORACLE.get_leaf(8)
    assert leaf_hash(b"\x01" + bytes(64)) != node_hash(bytes(32), bytes(32))
    assert sha256(b"").digest() == EMPTY_ROOT


def test_every_root_to_300_leaves_is_the_definitions() -> None:
    frontier = Frontier()
    for size in range(300):
        assert frontier.size == size
        assert frontier.root() == root_by_definition(LEAVES[:size]) == root_of(size, TREE.read)
        frontier.append(LEAVES[size])


@given(st.integers(0, LEAVES_MAX))
def test_a_root_is_the_oracles(size: int) -> None:
    assert root_of(size, TREE.read) == ORACLE.get_state(size)
    frontier = Frontier.read(size, TREE.read)
    assert Frontier.from_bytes(frontier.to_bytes()).root() == ORACLE.get_state(size)


@given(st.data())
def test_a_proof_of_inclusion_is_the_oracles_and_holds(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, LEAVES_MAX))
    index = data.draw(st.integers(0, size - 1))

    proof = inclusion_proof(index, size, TREE.read)

    assert proof == [bytes.fromhex(one) for one in ORACLE.prove_inclusion(index + 1, size).serialize()["path"]][1:]
    verify_inclusion(LEAVES[index], index, size, proof, ORACLE.get_state(size))


@given(st.data())
def test_a_proof_of_consistency_is_the_definitions_and_holds(data: st.DataObject) -> None:
    new = data.draw(st.integers(0, LEAVES_MAX))
    old = data.draw(st.integers(0, new))

    proof = consistency_proof(old, new, TREE.read)

    assert proof == (proof_by_definition(old, LEAVES[:new]) if old > 0 else [])
    if old > 0:
        theirs = ORACLE.prove_consistency(old, new)  # of another form; it holds between our roots
        oracle_verifies(root_of(old, TREE.read), root_of(new, TREE.read), theirs)
    verify_consistency(old, ORACLE.get_state(old), new, ORACLE.get_state(new), proof)


@given(st.data())
def test_a_proof_of_inclusion_that_was_changed_does_not_hold(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, LEAVES_MAX))
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(index, size, TREE.read), root_of(size, TREE.read)
    other = data.draw(st.integers(0, LEAVES_MAX - 1).filter(lambda one: one != index))

    with pytest.raises(NotProven):
        verify_inclusion(LEAVES[other], index, size, proof, root)
    with pytest.raises(NotProven, match="too long"):
        verify_inclusion(LEAVES[index], index, size, [*proof, LEAVES[0]], root)
    for at in range(len(proof)):
        with pytest.raises(NotProven):
            verify_inclusion(LEAVES[index], index, size, [*proof[:at], *proof[at + 1 :]], root)
        with pytest.raises(NotProven):
            verify_inclusion(LEAVES[index], index, size, [*proof[:at], bytes(32), *proof[at + 1 :]], root)


@given(st.data())
def test_a_proof_of_consistency_that_was_changed_does_not_hold(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, LEAVES_MAX))
    old = data.draw(st.integers(1, new - 1))
    proof = consistency_proof(old, new, TREE.read)
    roots = root_of(old, TREE.read), root_of(new, TREE.read)

    def refused(old_root: bytes, new_root: bytes, changed: list[bytes]) -> None:
        with pytest.raises(NotProven):
            verify_consistency(old, old_root, new, new_root, changed)

    refused(bytes(32), roots[1], proof)
    refused(roots[0], bytes(32), proof)
    refused(*roots, [*proof, LEAVES[0]])
    for at in range(len(proof)):
        refused(*roots, [*proof[:at], *proof[at + 1 :]])
        refused(*roots, [*proof[:at], bytes(32), *proof[at + 1 :]])


@given(st.integers(), st.integers(), st.lists(st.binary(max_size=40), max_size=70), st.binary(max_size=40))
@example(0, 1, [bytes(32)] * 66, bytes(32))
@settings(max_examples=300)
def test_whatever_a_stranger_sends_is_refused_in_one_of_two_ways(
    first: int, second: int, proof: list[bytes], root: bytes
) -> None:
    with pytest.raises((NotProven, InvalidInput)):
        verify_inclusion(LEAVES[0], first, second, proof, root)
    with pytest.raises((NotProven, InvalidInput)):
        verify_consistency(first, LEAVES[0], second, root, proof)


@given(st.integers(1, 2**62), st.integers(1, 2**62))
@example(2**62, 2**62)
@example(1, 2**62)
@example(2**62 - 1, 2**62)
@example(2**61 + 1, 2**62)
def test_a_proof_in_a_tree_larger_than_any_has_no_more_hashes_than_may_be_sent(one: int, other: int) -> None:
    old, new = sorted((one, other))

    def read(level: int, number: int) -> bytes:
        assert (number + 1) << level <= new
        return EMPTY_ROOT

    assert len(inclusion_proof(old - 1, new, read)) <= 63
    assert len(consistency_proof(old, new, read)) <= 63


def test_what_is_kept_of_the_edge_is_checked_when_it_comes_back() -> None:
    kept = Frontier.read(11, TREE.read).to_bytes()
    assert len(kept) == 8 + 3 * 32
    for wrong in (b"", kept[:-1], kept[:-32], kept + bytes(32), b"\xff" + kept[1:], kept[:7]):
        with pytest.raises(InvalidInput):
            Frontier.from_bytes(wrong)


def test_a_copy_goes_on_by_itself() -> None:
    first = Frontier.read(3, TREE.read)
    second = first.copy()
    second.append(LEAVES[3])
    assert (first.size, second.size) == (3, 4)
    assert first.root() == root_by_definition(LEAVES[:3])
    assert second.root() == root_by_definition(LEAVES[:4])


def test_a_tree_that_is_full_takes_no_more() -> None:
    full = Frontier(SIZE_MAX, [EMPTY_ROOT] * 63)
    with pytest.raises(InvalidInput, match="is full"):
        full.append(EMPTY_ROOT)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (0, -1), (0, SIZE_MAX + 1)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(InvalidInput, match="no leaf of a tree"):
        inclusion_proof(index, size, TREE.read)


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 1), (1, SIZE_MAX + 1)])
def test_sizes_that_go_back_have_no_proof(old: int, new: int) -> None:
    with pytest.raises(InvalidInput, match="the old size has to be"):
        consistency_proof(old, new, TREE.read)
