"""What a person can see of a value that goes in: its parts, and the value without some of them. One file a sort."""
