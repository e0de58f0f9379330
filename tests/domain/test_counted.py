from domain.counted import counted


def test_one_is_singular_and_anything_else_is_plural() -> None:
    assert [counted(count, "row") for count in (0, 1, 2, 1_000_000)] == ["0 rows", "1 row", "2 rows", "1,000,000 rows"]
    assert [counted(count, "person", "people") for count in (1, 0)] == ["1 person", "0 people"]
