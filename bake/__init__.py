"""The SpaceTimePilot worker: turns footage into a field and a field into plates.

Importing this package is free of side effects and of heavy libraries: Blender imports `bake.contract` from it.
"""
