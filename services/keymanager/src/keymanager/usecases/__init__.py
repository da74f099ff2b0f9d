"""What people and services do with the key manager: each a unit of work in one transaction."""
