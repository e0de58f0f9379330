"""What is hashed of an event: where it stands, what it is called, and its state byte for byte as it is stored.

    dialtrail.event/1
    POSITION
    STREAM
    VERSION
    NAME
    the state: all that follows, whatever bytes these are

Two events never have the same entry. The first five lines end in a line feed each, none of them has another one in it
(what would have is refused), and numbers have one spelling; so each line can be told from the next, and the rest is the
state. The first line keeps these entries apart from any that a later version may make in another way.
"""

from domain.errors import InvalidInput

FIRST_LINE = "dialtrail.event/1"
_ENTRY = FIRST_LINE.encode() + b"\n%d\n%b\n%d\n%b\n%b"


def entry(position: int, stream: str, version: int, name: str, state: bytes) -> bytes:
    """The entry of an event. Raises `InvalidInput` for a number below 0, and for a line feed where none may be."""
    if position < 0 or version < 0:
        raise InvalidInput("position" if position < 0 else "version", "is below 0")
    return _ENTRY % (position, _line("stream", stream), version, _line("name", name), state)


def _line(field: str, text: str) -> bytes:
    if "\n" in text:
        raise InvalidInput(field, "has a line feed, which would make this event look like another one")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidInput(field, "has half a character, which has no bytes") from None
