"""The devportal's database: its tables, and stores that read and write them. Stores never commit."""
