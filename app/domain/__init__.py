"""The register's rules: stations, life cycle, numbering, hours, services.

Does no input or output of any kind and imports none of our rooms.
Known to every room of ``app``.
"""
