"""Who somebody is: hashing of passwords, and the brake on guessing."""
