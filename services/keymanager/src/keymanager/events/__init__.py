"""What the key manager tells and learns: the mapping between its rows and facts."""
