# Run by runoff/validation/mutants.py as a script, in the copy that has the mutants (in the tests' environment).
"""Try the mutants of a session by their numbers, those that were tried before left out: COMMANDS SESSION."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(commands: str, session: str) -> None:
    """Try one mutant after the other, and keep the outcome of each at once."""
    from cosmic_ray.mutating import mutate_and_test  # in the tests' environment alone
    from cosmic_ray.work_db import WorkDB, use_db

    how = json.loads(Path(commands).read_text(encoding="utf-8"))
    with use_db(session, WorkDB.Mode.open) as database:
        for item in sorted(database.pending_work_items, key=lambda item: str(item.job_id)):
            (mutation,) = item.mutations
            outcome = mutate_and_test(item.mutations, how["by_file"][str(mutation.module_path)], how["limit_s"])
            database.set_result(item.job_id, outcome)


if __name__ == "__main__":
    main(*sys.argv[1:])
