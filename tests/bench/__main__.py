"""Benchmark tables: ``make bench``. Ratios hold within one run; machines are noisy."""

import os
import sys

from tests.bench.machine import ONE_CORE

# before anything that starts threads is loaded
os.environ.update(ONE_CORE)

from tests.bench.run import main

if __name__ == "__main__":
    sys.exit(main())
