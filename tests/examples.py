"""How many examples a property is tried with: few in every run of the tests, all of them with HYPOTHESIS_SHARE=1."""

import os

SHARE_DEFAULT = 0.15
EXAMPLES_MIN = 10


def examples(whole: int, least: int = EXAMPLES_MIN) -> int:
    """So many of the whole number as this run tries, but never fewer than `least`; of a share above 1, more than it."""
    return max(min(whole, least), round(whole * _share()))


def are_all_tried() -> bool:
    """Whether this run tries everything, as `scripts/test --long` does."""
    return _share() >= 1


def _share() -> float:
    return float(os.environ.get("HYPOTHESIS_SHARE", SHARE_DEFAULT))  # noqa: TID251 - a setting of the tests themselves
