"""What people do, told as tests."""
