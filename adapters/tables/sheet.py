"""How far a sheet of a workbook goes, and which of its cells are odd, within bounds."""

from msgspec import Struct

from domain.errors import InvalidInput

CELLS_MAX = 2_000_000
ODD_CELLS_MAX = 200_000
SMALLER = "save the one sheet as CSV in UTF-8"

Place = tuple[int, int]
"""Row and column, from 0."""


class ScannedSheet(Struct):
    """What was seen of a sheet: its last used place, and of odd cells what they are: `percent`, `zeros 5` (shown with so
    many digits), `error #N/A`, `formula` (without a value), `merged` (into the one above or beside it)."""

    last_row: int = -1
    last_column: int = -1
    odd: dict[Place, str] = {}

    def use(self, row: int, column: int) -> None:
        """This place has something. Raises `InvalidInput` where the sheet becomes too large."""
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)
        if (self.last_row + 1) * (self.last_column + 1) > CELLS_MAX:
            raise InvalidInput("sheet", f"has more than {CELLS_MAX} cells up to its last one; {SMALLER}")

    def mark(self, row: int, column: int, what: str) -> None:
        """The cell is odd. Raises `InvalidInput` where too many are."""
        self.odd[row, column] = what
        if len(self.odd) > ODD_CELLS_MAX:
            raise InvalidInput("sheet", f"has more than {ODD_CELLS_MAX} formulas, merged cells, errors; {SMALLER}")
