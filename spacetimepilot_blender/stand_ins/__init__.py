"""Meshes that stand in for fields where they are small: their files, their nodes, and when they are seen."""
