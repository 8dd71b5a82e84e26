"""The files that a watching verb writes: text for people, JSON lines for `plot`."""
