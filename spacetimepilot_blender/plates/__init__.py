"""Plates of a scene: made for frames and renders, and joined with the render by depth."""
