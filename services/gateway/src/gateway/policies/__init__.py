"""Whether a handshake may go on: who asks, with what right. Decided from memory alone, in the blueprint's order."""
