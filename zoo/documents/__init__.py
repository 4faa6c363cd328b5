"""What is written down: the strict model, TOML, files written atomically, names."""
