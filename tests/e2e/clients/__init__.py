"""What people use: REST and WebSocket clients."""
