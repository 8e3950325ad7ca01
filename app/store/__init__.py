"""Every SQL statement, the pool, migrations, roles and the private cluster.

Imports ``domain`` alone and knows nothing of HTTP.
Never commits by itself: transactions begin and end in ``service``.
"""
