"""face-privacy-batch: plan, run, shard, status, verify."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from .._errors import FacePrivacyError
from .._version import version
from ._job import BadJob, Options, open_job
from ._metrics import prometheus
from ._plan import plan
from ._run import Progress, RunReport, Settings, run, run_here
from ._status import JobStatus, failed_rows, status
from ._storage import StorageError
from ._verify import Verdict, verify
from ._work import TryAgain

DONE, FAILED, USAGE, BAD_INPUT, TRY_AGAIN = 0, 1, 2, 42, 75

# A child's number among its siblings, and how many they are.
_INDEX_NAMES = ("AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID")
_COUNT_NAMES = ("AWS_BATCH_JOB_ARRAY_SIZE", "SLURM_ARRAY_TASK_COUNT")

_EPILOG = """exit status: 0 done; 1 something failed, or `verify` found something; 2 the command makes no sense;
42 the job makes no sense, and no other try will mend it; 75 not all is done, try again"""


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        return int(given.do(given))
    except BadJob as error:
        return _fail(BAD_INPUT, error)
    except (TryAgain, StorageError, FacePrivacyError) as error:
        return _fail(TRY_AGAIN, error)
    except ValueError as error:
        return _fail(USAGE, error)
    except ImportError as error:
        return _fail(USAGE, f'{error.name} is missing: pip install "face-privacy[batch]" (or [ray])')


def _fail(code: int, words: object) -> int:
    print(f"face-privacy-batch: {words}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "face-privacy-batch", description="Redacts the photos in a bucket or folder, by shards.", epilog=_EPILOG
    )
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_plan(commands)
    _add_run(commands)
    _add_shard(commands)
    _add_status(commands)
    _add_verify(commands)
    return parser


def _add_plan(commands: Any) -> None:
    command = commands.add_parser("plan", help="write down what is to be done", epilog=_EPILOG)
    command.set_defaults(do=_plan)
    command.add_argument("source", help="where the photos, tars or parquet files are: s3://bucket/prefix/ or a folder")
    command.add_argument("target", help="where results go; nothing else may lie there")
    command.add_argument("job", help="where plan and manifest go: an empty place as private as the photos")
    command.add_argument("--keys", metavar="FILE", help="only these: a key a line, or a parquet file with a column key")
    command.add_argument("--photos-per-shard", type=int, default=500, metavar="N")
    command.add_argument("--column", default="", help="of parquet files, with the photos (default: the one that has bytes)")
    command.add_argument(
        "--keep-members",
        default=",".join(Options().keep_members),
        metavar="EXTENSIONS",
        help="of tars, beside the photos (default: %(default)s); others are left out",
    )
    group = command.add_argument_group("redaction", "as over HTTP; docs/api.md")
    group.add_argument("--profile", choices=("fast", "balanced", "thorough"))
    group.add_argument("--min-score", type=float)
    group.add_argument("--style", choices=("blur", "pixelate", "fill"))
    group.add_argument("--shape", choices=("ellipse", "box"))
    group.add_argument("--margin", type=float)
    group.add_argument("--cells", type=int)
    group.add_argument("--color")
    group.add_argument("--format", choices=("keep", "jpeg", "png", "webp", "avif"))
    group.add_argument("--quality", type=int)
    group.add_argument("--metadata", choices=("strip", "keep"))


_REDACT = ("profile", "min_score", "style", "shape", "margin", "cells", "color", "format", "quality", "metadata")


def _plan(given: argparse.Namespace) -> int:
    redact = {name: getattr(given, name) for name in _REDACT if getattr(given, name) is not None}
    members = tuple(part.strip().lower() for part in given.keep_members.split(",") if part.strip())
    options = Options(redact, members, given.column)
    job = plan(
        given.source, given.target, given.job, options=options, keys=given.keys, photos_per_shard=given.photos_per_shard
    )
    _print(shards=job.shards, items=job.items, skipped=job.skipped)
    return DONE


def _add_worker_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("job", help="the job's place")
    command.add_argument("--threads", type=int, help="photos at once on a machine (default: its cores)")
    command.add_argument("--metrics-port", type=int, help="serve Prometheus counters there")
    command.add_argument("--metrics-file", metavar="FILE.prom", help="write them, for the textfile collector")


def _settings(given: argparse.Namespace) -> Settings:
    metrics = prometheus(given.metrics_port, given.metrics_file)
    settings = Settings(threads=given.threads, metrics=metrics)
    _end_early(settings.stop)
    return settings


def _end_early(stop: threading.Event) -> None:
    """SIGTERM, as of a machine that is taken away: what is at work is finished, the shard is not."""
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())


def _add_run(commands: Any) -> None:
    command = commands.add_parser("run", help="do all that is not done yet", epilog=_EPILOG)
    command.set_defaults(do=_run)
    _add_worker_options(command)
    command.add_argument("--engine", choices=("local", "ray"), default="local", help="(default: %(default)s)")
    command.add_argument("--address", help="of a Ray cluster, such as auto or ray://head:10001")
    command.add_argument("--workers", type=int, help="machines at once, with Ray (default: all)")
    command.add_argument(
        "--max-failed-share",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="exit status 1 where more of the photos failed (default: %(default)s)",
    )


def _run(given: argparse.Namespace) -> int:
    job, settings = open_job(given.job), _settings(given)
    progress = Progress(job)
    settings.progress, settings.address, settings.workers = progress, given.address, given.workers
    report = run(job, engine=given.engine, settings=settings)
    progress.end()
    settings.metrics.flush()
    _print(**_told(report))
    if report.open_shards:
        return _fail(TRY_AGAIN, report.last_error or "stopped before all was done")
    return FAILED if report.failed_share > given.max_failed_share else DONE


def _told(report: RunReport) -> dict[str, Any]:
    rate = report.photos / report.seconds if report.seconds else 0.0
    return {
        "shards": report.shards,
        "photos": report.photos,
        "failed": report.failed,
        "codes": dict(sorted(report.codes.items())),
        "open_shards": report.open_shards,
        "seconds": round(report.seconds, 2),
        "photos_per_second": round(rate, 2),
    }


def _add_shard(commands: Any) -> None:
    command = commands.add_parser(
        "shard",
        help="do one shard, as a child of an array",
        description="The index comes from AWS Batch, Kubernetes or Slurm where it is not given.",
        epilog=_EPILOG,
    )
    command.set_defaults(do=_shard)
    _add_worker_options(command)
    command.add_argument("--index", type=int, help="the child's number, from 0")
    command.add_argument("--of", type=int, metavar="N", help="children in all: each does every Nth shard (default: one shard)")


def _shard(given: argparse.Namespace) -> int:
    index = _number(given.index, _INDEX_NAMES, os.environ)
    count = _number(given.of, _COUNT_NAMES, os.environ)
    if index is None:
        raise ValueError(f"--index is needed, or one of {', '.join(_INDEX_NAMES)}")
    job, settings = open_job(given.job), _settings(given)
    if count is None:
        count = job.shards
    if not 0 <= index < max(count, 1):
        raise BadJob(f"index {index} of {count} children makes no sense")
    again = ""
    for told in run_here(job, range(index, job.shards, count), settings):
        if isinstance(told, str):
            again = told
        else:
            _print(**asdict(told))
    settings.metrics.flush()
    if settings.stop.is_set():
        again = again or "stopped before all was done"
    return _fail(TRY_AGAIN, again) if again else DONE


def _number(given: int | None, names: Sequence[str], environment: Mapping[str, str]) -> int | None:
    if given is not None:
        return given
    return next((int(environment[name]) for name in names if environment.get(name, "").isdecimal()), None)


def _add_status(commands: Any) -> None:
    command = commands.add_parser("status", help="how far it is, and what failed", epilog=_EPILOG)
    command.set_defaults(do=_status)
    command.add_argument("job", help="the job's place")
    command.add_argument(
        "--failed", action="store_true", help="print the keys of photos without a result, a line each, for plan --keys"
    )


def _status(given: argparse.Namespace) -> int:
    if given.failed:
        for key in dict.fromkeys(row.key.partition("#")[0] for row in failed_rows(given.job)):
            print(key)
        return DONE
    _print(**_plain(status(given.job)))
    return DONE


def _add_verify(commands: Any) -> None:
    command = commands.add_parser("verify", help="look at every result", epilog=_EPILOG)
    command.set_defaults(do=_verify)
    command.add_argument("jobs", nargs="+", metavar="JOB", help="jobs that share a target")
    command.add_argument("--no-listing", action="store_true", help="do not look for what no row tells of")
    command.add_argument("--threads", type=int, default=32, help="(default: %(default)s)")


def _verify(given: argparse.Namespace) -> int:
    verdict = verify(*given.jobs, listing=not given.no_listing, threads=given.threads)
    for problem in verdict.problems:
        print(problem, file=sys.stderr)
    told = _plain(verdict)
    del told["problems"]
    _print(good=verdict.good, **told)
    return DONE if verdict.good else FAILED


def _plain(report: Verdict | JobStatus) -> dict[str, Any]:
    """Counters as plain objects, which `asdict` cannot make of them."""
    values = {one.name: getattr(report, one.name) for one in fields(report)}
    return {name: dict(sorted(value.items())) if isinstance(value, Counter) else value for name, value in values.items()}


def _print(**told: Any) -> None:
    print(json.dumps(told), flush=True)
