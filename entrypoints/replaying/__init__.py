"""Deliveries played again where they change nothing: in other orders, with today's code, against what is known already."""

from entrypoints.replaying.captured import (
    Captured,
    CaptureFault,
    captured_line,
    read_capture,
)
from entrypoints.replaying.rehearsal import Apart, Parting, Rehearsal, Step, apart, parting, rehearse
from entrypoints.replaying.sending import Sent, Unreachable, send
from entrypoints.replaying.variants import Variant, varied

__all__ = [
    "Apart",
    "CaptureFault",
    "Captured",
    "Parting",
    "Rehearsal",
    "Sent",
    "Step",
    "Unreachable",
    "Variant",
    "apart",
    "captured_line",
    "parting",
    "read_capture",
    "rehearse",
    "send",
    "varied",
]
