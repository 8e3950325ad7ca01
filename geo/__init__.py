"""Numbers and shapes: datums, the walking network, pace, reach, coverage.

Imports none of our rooms and no database, web server or map library.
Everything here works in a notebook on arrays and files alone.
"""
