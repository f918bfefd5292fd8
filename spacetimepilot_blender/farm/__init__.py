"""A shot for a farm: a folder with plates, templates and a .blend that renders where there is no extension."""
