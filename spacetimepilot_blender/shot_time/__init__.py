"""Which moment of the shot a scene frame shows, as settings, keyframes and markers."""
