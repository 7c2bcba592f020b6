"""MLflow: a run for each run, below one for the sweep; in an SQLite file or on a server."""

from __future__ import annotations

import logging
import os
import sqlite3
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ...comparison.run_names import plain
from ...errors import ConfigError, Problem, StorageError
from ...report import COMPARISON
from ...report.exports import export_files
from ..shipment import LOSS_COLUMNS, Shipment, ShippedRun, numbers_of
from . import Destination, Receipt, Sending

DATABASE, ARTIFACTS = "mlflow.db", "artifacts"
SUFFIXES = (".db", ".sqlite", ".sqlite3")
SQLITE = "sqlite:///"
MOST_AT_ONCE = 1000  # metrics that MLflow takes in one call
LONGEST_TAG = 2000  # letters; some servers take no more
SENT_AT_ONCE = 4  # runs, to a server, which answers several at a time; a file has one writer
# Without it MLflow's page begins with what there is for language models.
KIND_OF_EXPERIMENT = {"mlflow.experimentKind": "custom_model_development"}
# By the state of a run.
STATUS_THERE = {"done": "FINISHED", "diverged": "FAILED", "failed": "FAILED"}
# MLflow would try an address that does not answer for minutes, tells its makers what it is used
# for, and says on the terminal how it builds its tables.
ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
TALKATIVE = ("alembic", "mlflow", "urllib3")


def _send_to_mlflow(shipment: Shipment, sending: Sending) -> Receipt:
    """Send the runs to a tracking store, `outputs/mlflow/mlflow.db` without another.

    A run is known there by a tag that holds the SHA-256 of its status; one that was sent whole is
    left alone, one that was interrupted is completed.
    """
    uri, artifacts = _tracking_store(sending.to or str(Path("outputs", "mlflow")))
    with _quiet_mlflow():
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        try:
            client = MlflowClient(uri, uri)
            added = _Experiment(client, shipment, sending, artifacts).send()
        except MlflowException as error:
            what = f"{_mlflow_said(error, uri)}, received {_without_password(uri)!r}"
            fix = "start the server, or name another place with --to"
            raise StorageError([Problem("--to", what, fix)]) from error
    look = (
        f"mlflow ui --backend-store-uri {uri}" if uri.startswith(SQLITE) else _without_password(uri)
    )
    return Receipt(added, len(shipment.runs) - added, _without_password(uri), look)


class _Experiment:
    """An experiment of a tracking store, and what of a shipment is in it."""

    def __init__(
        self, client: Any, shipment: Shipment, sending: Sending, artifacts: Path | None
    ) -> None:
        self.client, self.shipment, self.sending = client, shipment, sending
        self.id = self._found() or client.create_experiment(
            sending.name,
            artifact_location=artifacts and (artifacts / sending.name).as_uri(),
            tags=KIND_OF_EXPERIMENT,
        )

    def _found(self) -> str | None:
        found = self.client.get_experiment_by_name(self.sending.name)
        if found is None:
            return None
        if found.lifecycle_stage != "active":
            what = f"was deleted there, received {self.sending.name!r}"
            fix = "restore it with `mlflow experiments restore`, or choose another name"
            raise ConfigError([Problem("--experiment", what, fix)])
        return str(found.experiment_id)

    def send(self) -> int:
        """Everything that is not there yet; returns how many runs that were."""
        known = self._known()
        parent = self._send_parent(known) if self.shipment.whole else None
        runs = self.shipment.runs
        there = [known.get(run.content) for run in runs]
        new = [one is None or one.info.status == "RUNNING" for one in there]
        with _several_at_once(self.client.tracking_uri) as each:
            for _ in each(partial(self._send_run, parent), runs, there, new):
                self.sending.step()
        return sum(new)

    def _known(self) -> dict[str, Any]:
        """The runs of this shipment that are there, by what they hold."""
        key, value = "archlab.sweep", self.shipment.key
        if not self.shipment.whole:
            key, value = "archlab.content", self.shipment.runs[0].content
        found: dict[str, Any] = {}
        token = None
        while True:
            page = self.client.search_runs(
                [self.id], f"tags.`{key}` = '{value}'", max_results=1000, page_token=token
            )
            found |= {run.data.tags.get("archlab.content"): run for run in page}
            token = page.token
            if not token:
                return found

    def _send_parent(self, known: dict[str, Any]) -> str:
        """The run that stands for the sweep; its page and tables are those of now."""
        shipment, comparison = self.shipment, self.shipment.comparison
        tags = {
            "archlab.content": shipment.key,
            "archlab.sweep": shipment.key,
            "archlab.command": comparison.command,
            "mlflow.note.content": "\n\n".join(comparison.verdict),
        }
        run = known.get(shipment.key)
        if run is None:
            started = int(1000 * min(run.started for run in shipment.runs))
            run = self.client.create_run(self.id, started, _tags_cut(tags), comparison.name)
        else:
            self._set_tags(run, tags)
        self._log_files(run, (shipment.folder / name for name in (COMPARISON, *export_files())))
        ended = int(1000 * max(run.ended for run in shipment.runs))
        self.client.set_terminated(run.info.run_id, "FINISHED", ended)
        return str(run.info.run_id)

    def _send_run(self, parent: str | None, run: ShippedRun, there: Any, new: bool) -> None:
        """A whole run, or again one whose sending was interrupted; its status comes last."""
        if not new:
            self._set_tags(there, _standing_tags(run))
            return
        tags = {**_training_tags(run), **_standing_tags(run)}
        if parent is not None:
            tags |= {"archlab.sweep": self.shipment.key, "mlflow.parentRunId": parent}
        if there is None:
            started = int(1000 * run.started)
            there = self.client.create_run(self.id, started, _tags_cut(tags), run.name)
        run_id = there.info.run_id
        self._log_numbers(run_id, run)
        self._log_files(there, run.artifacts())
        self.client.set_terminated(run_id, STATUS_THERE[run.row.state], int(1000 * run.ended))

    def _log_numbers(self, run_id: str, run: ShippedRun) -> None:
        from mlflow.entities import Metric, Param

        at, epochs = int(1000 * run.ended), run.metrics.epochs if run.metrics else 0
        metrics = [Metric(name, x, at, epochs) for name, x in numbers_of(run.metrics).items()]
        curves = run.curves()
        for name in LOSS_COLUMNS:
            pairs = curves[["epoch", name]].dropna().itertuples(index=False, name=None)
            metrics += [Metric(name, loss, at, int(epoch)) for epoch, loss in pairs]
        params = [Param(key, plain(value)) for key, value in run.row.keys.items()]
        for begin in range(0, max(len(metrics), 1), MOST_AT_ONCE):
            some = metrics[begin : begin + MOST_AT_ONCE]
            self.client.log_batch(run_id, some, () if begin else params)

    def _log_files(self, run: Any, paths: Iterable[Path]) -> None:
        """Those of the files that are there; the client's own way asks where they go each time.

        Links are not followed: they could lead out of the sweep.
        """
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        place = get_artifact_repository(run.info.artifact_uri, self.client.tracking_uri)
        for path in paths:
            if path.is_file() and not path.is_symlink():
                place.log_artifact(str(path))

    def _set_tags(self, run: Any, tags: dict[str, str]) -> None:
        """Tags that are others than those there."""
        from mlflow.entities import RunTag

        new = {k: v for k, v in _tags_cut(tags).items() if run.data.tags.get(k) != v}
        if new:
            self.client.log_batch(run.info.run_id, tags=[RunTag(*pair) for pair in new.items()])


@contextmanager
def _several_at_once(uri: str) -> Iterator[Callable[..., Iterable[None]]]:
    """What maps a function over runs; after Ctrl-C nothing new is begun."""
    if uri.startswith(SQLITE):
        yield map
        return
    pool = ThreadPoolExecutor(SENT_AT_ONCE)
    try:
        yield pool.map
    finally:
        pool.shutdown(cancel_futures=True)


def _training_tags(run: ShippedRun) -> dict[str, str]:
    """Tags that say which training it was."""
    about = run.about
    return {
        "archlab.content": run.content,
        "archlab.folder": run.row.folder,
        "archlab.state": run.row.state,
        "archlab.reason": run.row.reason,
        "archlab.command": about.command,
        "archlab.config_sha256": about.config_sha256,
        "archlab.code": about.versions.get("code", ""),
        "archlab.data_sha256": str(about.data.get("sha256", "")),
    }


def _standing_tags(run: ShippedRun) -> dict[str, str]:
    """Tags that say how it stands among the runs of its sweep, which can change."""
    rank = "" if run.row.rank is None else str(run.row.rank)
    return {"archlab.rank": rank, "archlab.verdict": run.row.verdict or ""}


def _tags_cut(tags: dict[str, str]) -> dict[str, str]:
    return {key: value[:LONGEST_TAG] for key, value in tags.items()}


def _tracking_store(to: str) -> tuple[str, Path | None]:
    """The tracking URI of what a person names, and where artifacts go; None: the store decides.

    Raises:
        ConfigError: where a file is there that is no SQLite database.
        OSError: where it cannot be written.
    """
    if ("://" in to and not to.startswith(SQLITE)) or to == "databricks":
        return to, None
    path = Path(to.removeprefix(SQLITE)).absolute()
    path = path if to.startswith(SQLITE) or path.suffix in SUFFIXES else path / DATABASE
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # MLflow itself would try for a minute, and say why at length.
        with closing(sqlite3.connect(path, timeout=5)) as connection:
            connection.execute("PRAGMA user_version")
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.OperationalError as error:
        raise OSError(None, str(error), str(path)) from error
    except sqlite3.DatabaseError as error:
        what = f"must be an SQLite file, {error}, received {str(path)!r}"
        raise ConfigError([Problem("--to", what, "name another file, or a folder")]) from error
    return SQLITE + path.as_posix(), path.parent / ARTIFACTS


def _without_password(uri: str) -> str:
    """An address without the password that it may hold."""
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _mlflow_said(error: Exception, uri: str) -> str:
    """What went wrong in a line, without the password that the address may hold."""
    text = str(error).strip().partition("\n")[0]
    if "Max retries exceeded" in text:
        return "the server does not answer"
    return f"MLflow says: {text.replace(uri, _without_password(uri))[:300].rstrip('.')}"


@contextmanager
def _quiet_mlflow() -> Iterator[None]:
    """MLflow in few words, and without waiting for minutes; what a person has set stays."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        import mlflow  # noqa: F401  # it sets the levels of its loggers

        loggers = [logging.getLogger(name) for name in TALKATIVE]
        before = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, before, strict=True):
                logger.setLevel(level)


DESTINATION = Destination(needs="mlflow", send=_send_to_mlflow)
