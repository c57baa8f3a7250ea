"""All benchmarks, in one machine: `python -m bench`. Each also runs alone: `python -m bench.render`."""

from __future__ import annotations

import sys

from bench import boot, cold_start, image, lab, no_failed_request, no_op, render, startup

sys.stdout.write("\n# render\n")
render.main()
with lab.machine() as machine:
    sys.stdout.write("\n# startup\n")
    startup.main(machine)
    sys.stdout.write("\n# cold start\n")
    cold_start.main(machine)
    sys.stdout.write("\n# an apply that changes nothing\n")
    no_op.main(machine)
    sys.stdout.write("\n# no failed request\n")
    no_failed_request.main(machine)
    sys.stdout.write("\n# boot\n")
    boot.main(machine)
    sys.stdout.write("\n# image\n")
    image.main(machine)
