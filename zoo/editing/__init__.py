"""A trained model at work on people at hand: transfer, edit, relabel."""
