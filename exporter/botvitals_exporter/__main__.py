"""`python -m botvitals_exporter` is the command `botvitals`."""

from botvitals_exporter.commands import main

if __name__ == "__main__":
    main()
