"""The field object: what it carries, where it stands and what it asks for."""
