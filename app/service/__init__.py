"""One use case a function; transactions begin and end here.

Imports ``domain``, ``store``, ``files`` and ``geo``.
Holds no HTTP and no SQL text.
"""
