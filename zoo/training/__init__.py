"""Phases are data and one loop serves them all: plan, loop, the run under way, a phase at work, optimisation, journal."""
