"""What hostile code tries, as real attempts in real sandboxes; none changes the host."""
