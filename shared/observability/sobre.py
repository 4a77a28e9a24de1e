"""structlog imports rich, pygments and attrs where it finds them, to draw tracebacks that this suite writes as text:
5 MB of every process, and a fortieth of a start."""

import importlib
import sys


def importer_structlog() -> None:
    """Import structlog without them; whoever wants rich later has it. To be called before any module that logs."""
    if "rich" in sys.modules or "structlog" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # Python's own way of saying "not to be imported"
    try:
        importlib.import_module("structlog")
    finally:
        del sys.modules["rich"]
