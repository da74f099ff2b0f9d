"""What a service says of itself: logs, metrics, health, and errors in one shape."""
