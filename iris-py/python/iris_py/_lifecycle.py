"""What tracing needs when the process forks or ends; imported when it is enabled."""

from __future__ import annotations

import atexit
import os
import sys

from iris_py._iris_py import disable_tracing, restart_after_fork


def _after_fork() -> None:
    restart_after_fork()
    # A child of multiprocessing's leaves without `atexit`, and forgets the finalizers of its parent.
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(_after_fork, _at_the_end)


def _at_the_end(_: object) -> None:
    from multiprocessing.util import Finalize

    # Behind the others, which may predict.
    Finalize(None, disable_tracing, exitpriority=-100)


atexit.register(disable_tracing)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
