"""`python -m face_privacy`: the same as the command `face-privacy`."""

from ._command import main

main()
