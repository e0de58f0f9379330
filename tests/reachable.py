"""What is still in memory: texts and bytes that can be come to from an object, by whatever it holds."""

import gc
from collections.abc import Iterator
from types import BuiltinFunctionType, FrameType, FunctionType, ModuleType

_LEADS_ANYWHERE = (type, ModuleType, FunctionType, BuiltinFunctionType, FrameType)


def texts_from(*roots: object) -> Iterator[str]:
    """Each text, and each run of bytes as one, in whatever the roots hold; modules, classes and functions are not gone into."""
    seen: set[int] = set()
    found: list[object] = list(roots)
    while found:
        one = found.pop()
        if id(one) in seen or isinstance(one, _LEADS_ANYWHERE):
            continue
        seen.add(id(one))
        if isinstance(one, str):
            yield one
        elif isinstance(one, bytes | bytearray):
            yield one.decode("latin-1")
        else:
            found += gc.get_referents(one)
