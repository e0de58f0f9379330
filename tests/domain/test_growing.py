from hypothesis import given, settings
from hypothesis import strategies as st

from domain.growing import NODE_ENTRIES_MAX, Growing
from tests.examples import examples

PUT = st.tuples(st.integers(0, 400), st.integers(0, 2))


def grown(entries: list[tuple[int, int]]) -> Growing[int, int]:
    of: Growing[int, int] = Growing()
    for key, value in entries:
        of = of.put(key, value)
    return of


@settings(max_examples=examples(200))
@given(st.lists(PUT, max_size=600), st.integers(-1, 401))
def test_it_holds_what_a_dictionary_holds_in_the_order_of_the_keys(entries: list[tuple[int, int]], asked: int) -> None:
    of, expected = grown(entries), dict(entries)
    keys = sorted(expected)

    assert list(of.items()) == [(key, expected[key]) for key in keys]
    assert (list(of), len(of), bool(of)) == (keys, len(keys), bool(keys))
    assert (of.first(), of.last()) == ((keys[0], keys[-1]) if keys else (None, None))
    assert (asked in of, of.get(asked), of.get(asked, 7)) == (
        asked in expected,
        expected.get(asked),
        expected.get(asked, 7),
    )
    assert of.at_least(asked) == next((key for key in keys if key >= asked), None)
    assert of.below(asked) == next((key for key in reversed(keys) if key < asked), None)


@given(st.lists(PUT, max_size=300), PUT)
def test_what_it_grew_from_stays_as_it_was(entries: list[tuple[int, int]], entry: tuple[int, int]) -> None:
    before = grown(entries)
    shown = list(before.items())
    before.put(*entry)

    assert list(before.items()) == shown


@given(st.lists(st.integers(0, 300), unique=True, max_size=300), st.randoms(use_true_random=False))
def test_the_order_of_arrival_makes_no_difference(keys: list[int], chance: st.DataObject) -> None:
    shuffled = list(keys)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = grown([(key, 0) for key in keys]), grown([(key, 0) for key in shuffled])

    assert one == other
    assert other.put(301, 0) != one
    assert one != dict.fromkeys(keys, 0)


def test_what_changes_nothing_is_the_same_object_and_no_node_grows_too_large() -> None:
    of = grown([(key * 7919 % 20_000, 0) for key in range(20_000)])

    assert all(of.put(key, 0) is of for key in (0, 777, 19_999))
    assert (of.put(777, 1).get(777), len(of.put(777, 1))) == (1, 20_000)
    nodes = [of]
    for node in nodes:
        nodes += node.parts
        assert len(node.keys) <= NODE_ENTRIES_MAX
        assert node is of or len(node.keys) >= NODE_ENTRIES_MAX // 2
