"""The dialer: asks the domain who may be dialled and how fast, and acts."""

from application.dialer.dialer import Dialer, DialerConfig

__all__ = ["Dialer", "DialerConfig"]
