"""Deliveries played again where they change nothing: in other orders, with today's code, against what is known already."""

from application.replaying.rehearsal import Apart, Parting, Rehearsal, Step, apart, parting, rehearse
from application.replaying.variants import Variant, varied

__all__ = [
    "Apart",
    "Parting",
    "Rehearsal",
    "Step",
    "Variant",
    "apart",
    "parting",
    "rehearse",
    "varied",
]
