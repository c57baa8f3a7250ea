"""Print the tasks that a worker is running: `tasks.py HOST`, a line of JSON for each, the oldest first."""

import json
import sys

from health import connected

RUNNING = """
    SELECT t.name, extract(epoch FROM now() - t.started_at)::integer
    FROM core_task t JOIN core_appstatus a ON a.pulp_id = t.app_lock_id
    WHERE t.state IN ('running', 'canceling') AND split_part(a.name, '@', 2) = %s
    ORDER BY t.started_at
"""


def main(host: str) -> None:
    with connected() as (connection, _):
        for name, seconds in connection.execute(RUNNING, [host]).fetchall():
            print(json.dumps({"name": name, "seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
