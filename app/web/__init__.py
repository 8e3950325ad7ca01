"""Blueprints: parse, call one service, present.

Imports ``service`` and ``domain``.
Holds no SQL and no business rule.
"""
