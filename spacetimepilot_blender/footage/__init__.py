"""What the shot is made from: files, clips and the scene's own cameras, and the settings of a bake."""
