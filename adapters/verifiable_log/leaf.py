"""What is hashed of an event: where it stands, what it is called, and its state byte for byte as it is stored.

    dialtrail.event/1
    POSITION
    STREAM
    VERSION
    NAME
    the state: all that follows, whatever bytes these are

Two events never have the same entry. The first five lines end in a line feed each, none of them has another one in it
(a row that would have has another first line), and numbers have one spelling; so each line can be told from the next, and the rest is the
state. The first line keeps these entries apart from any that a later version may make in another way.
"""

FIRST_LINE = "dialtrail.event/1"
_OTHER = b"a row that Dialtrail did not write\n"
_ENTRY = FIRST_LINE.encode() + b"\n%d\n%b\n%d\n%b\n%b"


def entry(position: int, stream: str, version: int, name: str, state: bytes) -> bytes:
    """The entry of an event. A row that Dialtrail could not have written has one that no event of ours has.

    Such are numbers below 0, a line feed or half a character in a name, and other types, which SQLite keeps.
    """
    if _is_ours(position, stream, version, name, state):
        try:
            return _ENTRY % (position, stream.encode(), version, name.encode(), state)
        except UnicodeEncodeError:
            pass
    return _OTHER + repr((position, stream, version, name, state)).encode(errors="backslashreplace")


def _is_ours(position: object, stream: object, version: object, name: object, state: object) -> bool:
    return (
        type(state) is bytes
        and type(position) is type(version) is int
        and type(stream) is type(name) is str  # the columns' types are what tells a row that we wrote
        and position >= 0
        and version >= 0
        and "\n" not in stream
        and "\n" not in name
    )
