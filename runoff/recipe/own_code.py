# Run by the driver (Python 3.9 upward).
"""Find the files of a person's function: the one that holds it, and those beside it that it imports."""

from __future__ import annotations

import modulefinder
from pathlib import Path

from runoff.common.errors import BadInput
from runoff.common.loose import Data


def files(target: Data) -> dict[str, Path]:
    """Return {path below the target's folder: file}; raise BadInput where the driver's Python cannot read one.

    Nothing is run: the files are read for their imports.
    """
    folder = Path(target["folder"])
    finder = modulefinder.ModuleFinder(path=[str(folder)])
    try:
        if target["file"] and "." not in target["module"]:
            finder.run_script(target["file"])
        else:
            finder.import_hook(target["module"])
    except (SyntaxError, ImportError, OSError) as error:
        raise BadInput(f"the imports of {target['module']} cannot be read: {error}; copy its files by hand") from None
    found = [file for module in finder.modules.values() if (file := getattr(module, "__file__", None))]
    return {str(Path(file).relative_to(folder)): Path(file) for file in found}
