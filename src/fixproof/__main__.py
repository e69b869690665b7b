"""`python -m fixproof`."""

import sys

from fixproof.cli.main import main

sys.exit(main())
