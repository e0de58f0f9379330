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
_OTHER = b"a row that Dialtrail did not write\n"
_ENTRY = FIRST_LINE.encode() + b"\n%d\n%b\n%d\n%b\n%b"


def entry(position: int, stream: str, version: int, name: str, state: bytes) -> bytes:
    """The entry of an event. Raises `InvalidInput` for a number below 0, and for a line feed where none may be.

    SQLite keeps whatever type another program writes: such a row has an entry that no event of ours has.
    """
    if not _is_ours(position, stream, version, name, state):
        return _OTHER + repr((position, stream, version, name, state)).encode(errors="backslashreplace")
    if position < 0 or version < 0:
        raise InvalidInput("position" if position < 0 else "version", "is below 0")
    return _ENTRY % (position, _line("stream", stream), version, _line("name", name), state)


def _is_ours(position: object, stream: object, version: object, name: object, state: object) -> bool:
    return (
        type(state) is bytes
        and type(position) is type(version) is int
        and type(stream) is type(name) is str  # the columns' types are what tells a row that we wrote
    )


def _line(field: str, text: str) -> bytes:
    if "\n" in text:
        raise InvalidInput(field, "has a line feed, which would make this event look like another one")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidInput(field, "has half a character, which has no bytes") from None
