"""The dialer: asks the domain who may be dialled and how fast, and acts."""

from application.dialer.dialer import Dialer, Surroundings

__all__ = ["Dialer", "Surroundings"]
