"""structlog, without what it would draw tracebacks with."""

import subprocess
import sys

_SCRIPT = """
import sys
from shared.observability.sobre import importer_structlog

importer_structlog()
assert "structlog" in sys.modules
assert not {"rich", "pygments", "attr"} & set(sys.modules), "heavier than it should be"
from shared.observability.logging import configurer

configurer("INFO")
import structlog

try:
    raise ValueError("une panne")
except ValueError:
    structlog.get_logger().exception("essai")
import rich.console  # whoever wants it has it
"""


def test_a_process_logs_its_tracebacks_without_rich() -> None:
    sortie = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=False)
    assert sortie.returncode == 0, sortie.stderr
    assert "essai" in sortie.stderr
    assert "ValueError: une panne" in sortie.stderr
