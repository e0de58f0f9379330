"""What is derived of a frozen value is found once, and is no part of the value."""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from domain.once import once

asked: list[int] = []


class Square(Struct, frozen=True, dict=True):
    side: int

    @once
    def area(self) -> int:
        """Its area."""
        asked.append(self.side)
        return self.side * self.side


def test_it_is_found_when_it_is_asked_for_and_once() -> None:
    asked.clear()
    square = Square(7)
    assert asked == []
    assert (square.area, square.area, asked) == (49, 49, [7])


def test_another_value_has_its_own() -> None:
    square = Square(2)
    assert square.area == 4
    assert replace(square, side=3).area == 9


def test_it_is_neither_compared_nor_encoded() -> None:
    square = Square(5)
    assert square.area == 25
    assert (square, hash(square)) == (Square(5), hash(Square(5)))
    assert msgspec.json.encode(square) == b'{"side":5}'


def test_its_docstring_is_that_of_what_finds_it() -> None:
    assert Square.area.__doc__ == "Its area."
