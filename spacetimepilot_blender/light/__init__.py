"""Native light and the field: captured surfaces that catch shadows, and surroundings that light native objects."""
