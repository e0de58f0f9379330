"""Deliveries played again where they change nothing: in other orders, with today's code, against what is known already."""

from application.replaying.rehearsal import (
    FinalDifference,
    Rehearsal,
    RehearsedStep,
    StepDifference,
    final_differences,
    rehearse,
    step_differences,
)
from application.replaying.variants import Variant, varied
