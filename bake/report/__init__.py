"""The bake report: one page that says how true a field is and where it holds. Nothing in it comes from the net."""
