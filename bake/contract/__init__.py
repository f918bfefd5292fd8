"""What Blender and the worker agree on: cameras, shot time, messages and file headers.

Standard library and NumPy only, because both processes import it under different Python versions.
"""
