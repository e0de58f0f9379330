"""Where every recipient of every campaign stands, kept in memory and rebuilt from the ledger at each start.

The dialer asks it who is next and how many calls are open, operators ask it for counts and lists. It folds with the same
functions that answer for one recipient from the ledger, so that both say the same.
"""

from domain.matching import MATCH_WINDOW
from projections.recipient_status.rows import Calls, CampaignRows, Person, RecipientRow
from projections.recipient_status.view import SLOT_HELD_MAX, RecipientStatusView

__all__ = ["MATCH_WINDOW", "SLOT_HELD_MAX", "Calls", "CampaignRows", "Person", "RecipientRow", "RecipientStatusView"]
