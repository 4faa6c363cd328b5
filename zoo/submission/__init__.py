"""Records that others hand in: looked over, scored again from their weights, and placed among the project's own."""
