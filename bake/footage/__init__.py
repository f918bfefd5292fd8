"""Readers of footage: every kind of capture becomes one `Shot`."""
