"""Where backends are from here: whether the rules let an API have one, and whether it answers."""
