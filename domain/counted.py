"""How many of something, in words: with its plural, and a comma between thousands."""


def counted(count: int, one: str, many: str | None = None) -> str:
    """`1 row`, `2,000 rows`; `many` where the plural is not the word with an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
