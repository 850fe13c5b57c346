"""`python -m esclusa`."""

from esclusa.cli.main import main

main()
