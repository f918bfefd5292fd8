"""The user's bakes: started, found again, watched, shown and reported."""
