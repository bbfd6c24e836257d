"""What of an answer can be asked about, and how much of it there is. One file for each sort of answer."""
