"""What an operator may do on a page, in words; each is asked once more before it is done."""

from msgspec import Struct


class Act(Struct, frozen=True):
    """What it is called, and what will happen."""

    name: str
    means: str
    is_dangerous: bool = False
