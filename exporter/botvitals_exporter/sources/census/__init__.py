"""Counting every Python object on the heap: one engine a file behind one interface."""
