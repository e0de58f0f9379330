"""How far the views are behind, in words."""

from application.views.remote import Views

VIEW_LAG_SECONDS_MAX = 30.0


def views_lag(views: Views) -> str | None:
    """What is wrong where the views are too far behind the ledger; None where they are not."""
    events, seconds = views.behind()
    if seconds <= VIEW_LAG_SECONDS_MAX:
        return None
    return f"{events} events and {seconds:.0f} s behind the ledger, more than {VIEW_LAG_SECONDS_MAX:g} s"


def views_trouble(views: Views) -> str | None:
    """What is wrong with the views: they are not kept, too far behind, or without an event; None where nothing is."""
    return views.trouble or views_lag(views) or views.left_out
