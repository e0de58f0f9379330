"""Before a campaign starts: who could be called when, how long it takes, and what to look at first."""
