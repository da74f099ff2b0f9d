"""What the publisher tells and learns: the mapping between its rows and facts."""
