"""What computes, and how fast paths share its cores."""
