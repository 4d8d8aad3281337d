"""Python reads this at its start where the folder is in PYTHONPATH: a child that has the photo of this digest is killed, as a
fault of the program would."""

import hashlib
import os
import signal
import threading

from face_privacy._service import Service

exchange = Service._exchange


def deadly(service, line, path, pieces, accept):
    if hashlib.sha256(b"".join(pieces)).hexdigest() == os.environ.get("POISON_SHA256"):
        os.kill(line.child.pid, signal.SIGSTOP)  # so that it surely has the photo when it ends
        threading.Timer(0.3, os.kill, (line.child.pid, signal.SIGKILL)).start()
    return exchange(service, line, path, pieces, accept)


Service._exchange = deadly
