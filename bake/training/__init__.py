"""The bake: footage to a field."""
