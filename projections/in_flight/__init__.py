"""What is under way right now, kept in memory: campaigns, the account, open attempts, and calls that are watched.

It is loaded from the views and pushed each commit, so that the dialer and the reconciler look at what is on disk this
moment. What is over is let go: its size hangs on the calls at once, not on how many people are enrolled.
"""

from projections.in_flight.fold import InFlight
from projections.in_flight.held_slots import SLOT_HELD_MAX
from projections.in_flight.loaded import LoadedInFlight, loaded_from
from projections.in_flight.open_attempts import OpenAttempt, UnderWay
