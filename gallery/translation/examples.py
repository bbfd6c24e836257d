"""Gets the examples of both functions: the words and their sounds, the verses, and the dictionary of the hand-written body."""

from gallery.translation import verses, words


def main() -> None:
    """Writes the tables, unless they are there."""
    words.main()
    verses.main()


if __name__ == "__main__":
    main()
