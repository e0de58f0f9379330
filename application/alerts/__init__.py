"""Alerts: somebody is told of what needs them, once while it lasts, and once more when it is over."""
