"""`python -m wisen` is `wisen`."""

from wisen.cli import main

if __name__ == "__main__":
    main()
