"""Gunicorn's own log without what callers sent: a request's text may hold where a rider is."""

import logging
import re
import traceback
from typing import Any

from gunicorn.glogging import Logger

_REFUSED = re.compile(r"(Invalid request from ip=\S*): .*", re.DOTALL)
_QUERY = re.compile(r"\?.*", re.DOTALL)
# messages about a request; errors of the start keep all their words
_OF_REQUESTS = ("Error handling", "Socket error", "Invalid request", "Exception in post_request")


def withhold(record: logging.LogRecord) -> bool:
    """Cut a record down to what happened and where in the code; it is always written."""
    message = record.getMessage()
    if not message.startswith(_OF_REQUESTS):
        return True
    record.msg, record.args = _QUERY.sub("?…", _REFUSED.sub(r"\1", message)), ()
    if record.exc_info and record.exc_info[0] is not None:
        kind, _, trace = record.exc_info
        # the text of an exception may repeat the request
        record.exc_text = "".join(traceback.format_tb(trace)) + kind.__name__
        record.exc_info = None
    return True


class Journal(Logger):  # type: ignore[misc]  # gunicorn carries no types
    """Gunicorn's logger behind :func:`withhold`."""

    def setup(self, cfg: Any) -> None:
        """Set the handlers up as gunicorn does."""
        super().setup(cfg)
        # a filter that is there already is not added again
        self.error_log.addFilter(withhold)
