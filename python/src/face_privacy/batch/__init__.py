"""Photos by the million, from bucket to bucket (docs/batch.md).

    from face_privacy import batch

    job = batch.plan("s3://raw/2026-11/", "s3://safe/2026-11/", "s3://jobs/2026-11/")
    batch.run(job, engine="ray")
    assert batch.verify(job).good
"""

from __future__ import annotations

from ._job import BadJob, Item, Job, Options, Row, open_job
from ._plan import plan
from ._run import RunReport, Settings, run
from ._shard import ShardReport, ShardRunner
from ._status import JobStatus, failed_rows, status
from ._storage import StorageError
from ._verify import Verdict, verify
from ._work import PhotoWorker, TryAgain

__all__ = [
    "BadJob",
    "Item",
    "Job",
    "JobStatus",
    "Options",
    "PhotoWorker",
    "Row",
    "RunReport",
    "Settings",
    "ShardReport",
    "ShardRunner",
    "StorageError",
    "TryAgain",
    "Verdict",
    "failed_rows",
    "open_job",
    "plan",
    "run",
    "status",
    "verify",
]
