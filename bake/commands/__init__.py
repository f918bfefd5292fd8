"""The commands of `python -m bake`, one file each."""
