"""A policy that is only tried on what has happened: `{"policy": {…}}`."""

from msgspec import Struct

from adapters.documents.input import StrictInput, validated
from adapters.documents.policy import PolicyInput
from domain.policy import Policy


class OtherPolicyInput(StrictInput):
    """The body of POST /v1/campaigns/{id}/what-if."""

    policy: PolicyInput


class OtherPolicy(Struct, frozen=True):
    """A policy that is only tried. `rules_kinds` where it says which kinds of number it allows."""

    policy: Policy
    rules_kinds: bool


def parse_other_policy(given: object) -> OtherPolicy:
    """The policy in `{"policy": {…}}`. Raises `InvalidInput` naming the first field at fault."""
    read = validated(OtherPolicyInput, given).policy
    return OtherPolicy(read.policy(), read.allow_kinds is not None)
