"""python3 -m face_privacy.batch"""

import sys

from ._command import main

if __name__ == "__main__":
    sys.exit(main())
