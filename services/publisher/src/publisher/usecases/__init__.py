"""What people do with the publisher: each a unit of work in one transaction."""
