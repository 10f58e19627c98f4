# Run by the driver's Python (3.9 upward), as a script: PYTHON -I foreign_pip.py MARKERS ARGUMENTS
"""Run pip for an interpreter that pip does not run under.

pip judges the packages' markers by the Python that runs it. Here it judges them as MARKERS, a JSON object, says.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pip._internal.cli.main import main
from pip._vendor.packaging import markers

if __name__ == "__main__":
    here = markers.default_environment()
    there: Any = {**here, **json.loads(sys.argv[1])}
    markers.default_environment = lambda: there
    sys.exit(main(sys.argv[2:]))
