"""Gets the examples of both functions: words and their sounds, verses, and the dictionary of the body by hand."""

from gallery.translation import verses, words


def main() -> None:
    """Writes the tables, unless they are there."""
    words.main()
    verses.main()


if __name__ == "__main__":
    main()
