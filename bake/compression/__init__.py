"""Making a field smaller and quicker: fewer hidden units, fewer places to look at, eight bits, and learning again."""
