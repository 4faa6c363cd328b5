"""Weights: the file format, the registry that names them, checkpoints of trainings."""
