"""``python -m symgraph.cli``."""

import sys

from . import main

sys.exit(main())
