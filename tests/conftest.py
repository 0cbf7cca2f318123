"""What every test may rely on, wherever the tests were started from."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# How long an example takes is the machine's affair, and a busy machine is no failure.
settings.register_profile("toylab", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("toylab")

# A shell starts `pytest &` with SIGINT ignored, and programs under test would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
