"""``python -m alviz.cli``."""

import sys

from alviz.cli import main

sys.exit(main())
