"""MLflow: a run for each run, below one for the sweep; in an SQLite file or on a server."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ...comparison.run_names import plain
from ...errors import ConfigError, Problem, StorageError
from ...report import COMPARISON
from ...report.exports import export_files
from ..shipment import LOSS_COLUMNS, Shipment, ShippedRun, numbers_of
from ..tracking import (
    SQLITE,
    impatient,
    mlflow_said,
    quiet_mlflow,
    tracking_store,
    without_password,
)
from . import Destination, Receipt, Sending

MOST_AT_ONCE = 1000  # metrics that MLflow takes in one call
LONGEST_TAG = 2000  # letters; some servers take no more
SENT_AT_ONCE = 4  # runs, to a server, which answers several at a time; a file has one writer
# Tells MLflow that these are trainings; without it an experiment may be shown as language models.
KIND_OF_EXPERIMENT = {"mlflow.experimentKind": "custom_model_development"}
# By the state of a run.
STATUS_THERE = {"done": "FINISHED", "diverged": "FAILED", "failed": "FAILED"}


def _send_to_mlflow(shipment: Shipment, sending: Sending) -> Receipt:
    """Send the runs to a tracking store, `outputs/mlflow/mlflow.db` without another.

    A run is known there by a tag that holds the SHA-256 of its status; one that was sent whole is
    left alone, one that was interrupted is completed.
    """
    uri, artifacts = tracking_store(sending.to or str(Path("outputs", "mlflow")))
    with quiet_mlflow():
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        try:
            client = MlflowClient(uri, uri)
            with impatient():
                there = client.get_experiment_by_name(sending.name)
            added = _Experiment(client, shipment, sending, there, artifacts).send()
        except (MlflowException, OSError) as error:
            if isinstance(error, OSError) and uri.startswith(SQLITE):
                raise
            what = f"{mlflow_said(error, uri)}, received {without_password(uri)!r}"
            mend = "mend the file" if uri.startswith(SQLITE) else "start MLflow's server"
            fix = f"{mend}, or name another place with --to"
            raise StorageError([Problem("--to", what, fix)]) from error
    look = f"mlflow ui --backend-store-uri {shlex.quote(uri)}"
    shown = without_password(uri)
    return Receipt(
        added, len(shipment.runs) - added, shown, look if uri.startswith(SQLITE) else shown
    )


class _Experiment:
    """An experiment of a tracking store, and what of a shipment is in it."""

    def __init__(
        self, client: Any, shipment: Shipment, sending: Sending, there: Any, artifacts: Path | None
    ) -> None:
        if there is not None and there.lifecycle_stage != "active":
            what = f"was deleted there, received {sending.name!r}"
            fix = "restore it with `mlflow experiments restore`, or choose another name"
            raise ConfigError([Problem("--experiment", what, fix)])
        self.client, self.shipment, self.sending = client, shipment, sending
        self.id = there.experiment_id if there else self._create(artifacts)

    def _create(self, artifacts: Path | None) -> str:
        name = self.sending.name
        place = artifacts and (artifacts / name).as_uri()
        return str(self.client.create_experiment(name, place, tags=KIND_OF_EXPERIMENT))

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
        """The runs of archlab that are there, by what they hold: of any sweep, or sent alone."""
        whole = self.shipment.whole
        which = "LIKE '%'" if whole else f"= '{self.shipment.runs[0].content}'"
        wanted = f"tags.`archlab.content` {which}"
        found: dict[str, Any] = {}
        token = None
        while True:
            page = self.client.search_runs([self.id], wanted, max_results=1000, page_token=token)
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
        tags = _standing_tags(run)
        if parent is not None:
            tags |= {"archlab.sweep": self.shipment.key, "mlflow.parentRunId": parent}
        if not new:
            self._set_tags(there, tags)
            return
        tags |= _training_tags(run)
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


DESTINATION = Destination(needs="mlflow", send=_send_to_mlflow)
