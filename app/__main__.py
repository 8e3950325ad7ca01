"""``python -m app``: the ``harbor`` command."""

from app.cli.main import main

main()
