"""The lanes in which commands wait, in the order in which the writer takes from them."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Lane = Literal["answers", "commands", "webhooks", "attempts", "imports"]


class LaneLimits(Struct, frozen=True):
    """How many commands may wait in a lane, and how many of them one commit takes."""

    waiting_max: int
    a_commit_max: int


LANES: Mapping[Lane, LaneLimits] = {
    "answers": LaneLimits(waiting_max=100_000, a_commit_max=1_000),
    "commands": LaneLimits(waiting_max=1_000, a_commit_max=50),
    "webhooks": LaneLimits(waiting_max=4_096, a_commit_max=512),
    "attempts": LaneLimits(waiting_max=1_024, a_commit_max=128),
    "imports": LaneLimits(waiting_max=16, a_commit_max=1),
}
