from domain.last_used import LastUsed


def test_what_was_used_longest_ago_is_evicted() -> None:
    kept: LastUsed[str, int] = LastUsed(2)
    kept.put("one", 1)
    kept.put("two", 2)
    assert kept.get("one") == 1
    kept.put("three", 3)
    assert [kept.get(name) for name in ("one", "two", "three")] == [1, None, 3]
    kept.clear()
    assert kept.get("one") is None


def test_what_is_put_again_is_used_too_and_takes_no_more_room() -> None:
    kept: LastUsed[str, int] = LastUsed(2)
    for name, value in (("one", 1), ("two", 2), ("one", 11), ("three", 3)):
        kept.put(name, value)
    assert len(kept) == 2
    assert [kept.get(name) for name in ("one", "two", "three")] == [11, None, 3]


def test_to_ask_whether_it_is_there_is_no_use_of_it() -> None:
    kept: LastUsed[str, None] = LastUsed(2)
    kept.put("one", None)
    kept.put("two", None)
    assert "one" in kept
    kept.put("three", None)
    assert "one" not in kept
