"""Phases are data and one loop serves them all: the loop, a phase at work, optimisation, the journal, interruption."""
