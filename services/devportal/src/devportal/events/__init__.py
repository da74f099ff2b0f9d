"""What the devportal tells and learns: the mapping between its rows and facts."""
