"""A made-up hill city, generated whole from a seed.

Pure numbers: reads and writes nothing. ``city.make_city`` is the only entry.
"""
