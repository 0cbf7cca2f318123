"""What every test may rely on, wherever the tests were started from."""

from __future__ import annotations

import signal

# A shell starts `pytest &` with SIGINT ignored, and programs under test would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
