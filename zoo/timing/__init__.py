"""How fast and how large: passes of recipes and of peers, timed in processes of their own."""
