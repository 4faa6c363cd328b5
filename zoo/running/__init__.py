"""A run = recipe on track: build, load or train, score, record. What `zoo run` and `zoo train` do, without the printing.

weights   where scored parameters come from: a file, the registry; all of it that a transfer needs
folder    the run's folder is its own
training  the recipe trained, its weights written
scoring   a whole run: loaded or trained, scored, recorded
"""
