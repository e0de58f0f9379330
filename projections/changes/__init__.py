"""What each event changed: the one place where a person's stream and the streams of their calls are folded together.

Every view is a fold over these changes, so that all of them tell the same story.
"""

from projections.changes.changes import (
    AttemptChanged,
    CallChanged,
    CampaignChanged,
    ClockSetRight,
    DeclineFound,
    EnrollmentAdded,
    OutcomeChanged,
    PersonSuppressionChanged,
    RecipientChanged,
    SpellingFound,
    ViewChange,
)
from projections.changes.folds import CallFold, CampaignFold, PersonFold, ReadStreams
from projections.changes.known import NAMES_A_NUMBER
from projections.changes.standing import Standing, TimedStanding, standing_of
from projections.changes.tracker import Tracker
