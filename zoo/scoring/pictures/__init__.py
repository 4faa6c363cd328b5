"""Pictures on disk, scored by protocols that are documents: decoded once, prepared as each asks, measured in batches."""
