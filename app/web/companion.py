"""The worker beside the web server: a process of its own, started again when it dies."""

import os
import subprocess
import sys
import time

import structlog

# a worker that dies at once is not started in a tight circle
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
# after so long it counts as well
SETTLED_SECONDS = 60.0
# a job that runs at the end has some seconds; what stays longer is ended
PATIENCE_SECONDS = 15.0

log = structlog.get_logger(__name__)


class Companion:
    """Keep ``harbor work`` running beside this process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._due = 0.0
        self._owner = os.getpid()

    def look(self) -> None:
        """Start the worker if it does not run; called every second by who serves."""
        now = time.monotonic()
        if self._process is not None:
            if self._process.poll() is None:
                if now - self._begun > SETTLED_SECONDS:
                    self._pause = FIRST_PAUSE_SECONDS
                return
            log.warning("worker.died", pid=self._process.pid)
            self._process = None
            self._due = now + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        if now >= self._due:
            # a session of its own: an interrupt from the keyboard reaches it through us alone
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app", "work", "--beside", str(os.getpid())],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._begun = now

    def ask_to_end(self) -> None:
        """Tell the worker to end, without waiting."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def end(self) -> None:
        """End the worker and wait until it is gone."""
        # a process that was forked off this one has no worker
        if self._process is None or os.getpid() != self._owner:
            return
        self.ask_to_end()
        try:
            self._process.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
