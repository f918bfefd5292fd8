FLOOR, MIRROR, SUN = -1.6, 2.0, (0.5, 0.3, -1.0)
