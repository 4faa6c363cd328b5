"""One record a run, and what follows from records alone: leaderboard and comparison. No torch."""
