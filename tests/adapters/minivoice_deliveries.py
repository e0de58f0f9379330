"""The documented delivery, and what it may drift into."""

import copy
import json
from typing import Any

from tests.adapters.minivoice_server import payload

DELIVERY: dict[str, Any] = json.loads(payload("signed-vector.json"))


def delivery(**changes: Any) -> bytes:
    """The documented delivery, changed: `call_id=…` is call.id, `data={…}` a whole member; `...` leaves it out."""
    changed = copy.deepcopy(DELIVERY)
    for name, value in changes.items():
        outer, _, inner = name.partition("__")
        holder, key = (changed[outer], inner) if inner else (changed, outer)
        if value is ...:
            holder.pop(key, None)
        else:
            holder[key] = value
    return json.dumps(changed).encode()
