"""The ``harbor`` commands: parse, call one service, print.

Imports ``service`` and ``domain``.
Holds no SQL and no business rule.
"""
