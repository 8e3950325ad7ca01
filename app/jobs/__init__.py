"""What runs in the background: parse a job, call one service, report progress.

May import ``service`` and ``domain``. A job carries the id of a row and of the
person who acts, never personal data.
Never holds SQL or business rules.
"""
