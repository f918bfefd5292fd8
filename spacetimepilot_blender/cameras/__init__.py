"""Cameras around a field: the scene's, those that filmed it, and how well a view is known."""
