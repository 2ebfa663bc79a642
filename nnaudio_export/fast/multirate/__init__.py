"""Long filters at the lowest rate that reproduces them; README.md derives it."""
