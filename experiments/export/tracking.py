"""MLflow's tracking stores: what a person names, in few words and without waiting for minutes."""

from __future__ import annotations

import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ..errors import ConfigError, Problem

DATABASE, ARTIFACTS = "mlflow.db", "artifacts"
SUFFIXES = (".db", ".sqlite", ".sqlite3")
SQLITE = "sqlite:///"
# MLflow tells its makers what it is used for, and says on the terminal what it does.
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
}
# Of the first request: an address where nobody answers is often one that was mistyped.
IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "8"}
TALKATIVE = ("alembic", "mlflow", "urllib3")


def tracking_store(to: str) -> tuple[str, Path | None]:
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
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA user_version = {version}")  # writes, where that can be
            connection.rollback()
    except sqlite3.OperationalError as error:
        raise OSError(None, str(error), str(path)) from error
    except sqlite3.DatabaseError as error:
        what = f"must be an SQLite file, {error}, received {str(path)!r}"
        raise ConfigError([Problem("--to", what, "name another file, or a folder")]) from error
    return SQLITE + path.as_posix(), path.parent / ARTIFACTS


def without_password(uri: str) -> str:
    """An address without the password that it may hold."""
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def mlflow_said(error: Exception, uri: str) -> str:
    """What went wrong in a line, without the password that the address may hold."""
    text = str(error).strip().partition("\n")[0]
    if "Max retries exceeded" in text or "timed out" in text:
        return "the server does not answer"
    return f"MLflow says: {text.replace(uri, without_password(uri))[:300].rstrip('.')}"


@contextmanager
def quiet_mlflow() -> Iterator[None]:
    """MLflow in few words; what a person has set stays."""
    with _environment_with(QUIET), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        import mlflow  # noqa: F401  # it sets the levels of its loggers

        loggers = [logging.getLogger(name) for name in TALKATIVE]
        before = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)  # what ends a call is raised besides
        try:
            yield
        finally:
            for logger, level in zip(loggers, before, strict=True):
                logger.setLevel(level)


@contextmanager
def impatient() -> Iterator[None]:
    """Requests to a server give up after seconds, unless a person has set how long they last."""
    ours = {name: text for name, text in IMPATIENT.items() if os.environ.get(name) == QUIET[name]}
    for name in ours:
        del os.environ[name]
    try:
        with _environment_with(ours):
            yield
    finally:
        os.environ.update({name: QUIET[name] for name in ours})


@contextmanager
def _environment_with(settings: Mapping[str, str]) -> Iterator[None]:
    """Variables of the environment, but for those that are set."""
    new = {name: text for name, text in settings.items() if name not in os.environ}
    os.environ.update(new)
    try:
        yield
    finally:
        for name in new:
            os.environ.pop(name, None)
