"""The model: spatial encoder, temporal deformation, radiance decoder, and the file that holds them."""
