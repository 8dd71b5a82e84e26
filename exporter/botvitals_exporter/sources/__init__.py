"""What looks at the world once and returns a frozen reading: one source a file."""
