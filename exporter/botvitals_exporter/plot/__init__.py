"""Drawing recordings offline."""
