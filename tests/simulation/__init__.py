"""Dialtrail's own parts on simulated time, chance and wires: one seed, one day, the same each time."""
