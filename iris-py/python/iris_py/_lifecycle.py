"""What tracing needs when the process forks or ends; imported when it is enabled."""

from __future__ import annotations

import atexit
import os

from iris_py._iris_py import disable_tracing, restart_after_fork

atexit.register(disable_tracing)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=restart_after_fork)
