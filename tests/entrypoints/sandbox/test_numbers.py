from entrypoints.sandbox.numbers import NumberCounts


def test_the_number_seen_first_is_forgotten_for_a_new_one() -> None:
    counts = NumberCounts(2)
    assert [counts.add(number) for number in ("+1", "+2", "+1", "+3", "+2", "+1")] == [1, 1, 2, 1, 2, 1]
    assert (counts.by_number, counts.forgotten) == ({"+3": 1, "+1": 1}, 2)
