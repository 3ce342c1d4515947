"""`python -m photostyle` is the command `photostyle`."""

from photostyle.cli import main

if __name__ == "__main__":
    main()
