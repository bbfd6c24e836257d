"""7. Why? What can be said of how a program comes to its answers."""
