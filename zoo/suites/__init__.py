"""A grid of runs: a suite names recipes, tracks and seeds, an engine makes the records that are missing. No torch."""
