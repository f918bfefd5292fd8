"""What the worker that stays warm beside Blender does with requests: `kinds` has a row for each kind of them."""
