"""What the graph of a kind can make of its raw tensors: parts of kinds that are too long to stand in their files."""
