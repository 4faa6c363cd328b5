"""What will run: recipes, tracks, parts and their options, the catalogue of plugins, what a command asks for. No torch."""
