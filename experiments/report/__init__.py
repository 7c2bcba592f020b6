"""The page of a run: a record, a template and one stylesheet; it loads nothing from a network.

`python -m experiments.report <run folder>` builds pictures and page again from the folder's files.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from .. import plots
from .. import record as records
from ..plots import diagram, style
from ..record import Record
from .run_page import render

log = logging.getLogger(__name__)


def build(folder: Path, record: Record, network: Any) -> Record:
    """Draw all pictures of a run and write its page.

    Returns the record with a note for each picture that could not be drawn as it should be: a run
    never fails for a picture.
    """
    notes = [*_draw_diagram(folder, network), *_draw_pictures(folder, record)]
    record = replace(record, about=replace(record.about, notes=tuple(notes)))
    _write_page(folder, record)
    return record


def rebuild(folder: Path) -> None:
    """Draw the pictures and write the page of a finished run again, from its files alone."""
    record = records.read(folder)
    about = record.about
    kept = [note for note in about.notes if note.startswith("model.png")]
    notes = (*kept, *_draw_pictures(folder, record))
    record = replace(record, about=replace(about, notes=notes))
    _write_page(folder, record)
    records.finish(folder, record.about, record.state)


def _write_page(folder: Path, record: Record) -> None:
    pictures = {
        path.stem: picture.CAPTION
        for name, picture in plots.pictures().items()
        if (path := folder / f"{name}.png").exists()
    }
    with records.replacing(folder / records.REPORT) as path:
        page = render(record, pictures, has_diagram=(folder / "model.png").exists())
        path.write_text(page, encoding="utf-8")


def _draw_pictures(folder: Path, record: Record) -> list[str]:
    notes = []
    for name, picture in plots.pictures().items():
        try:
            _save(picture, picture.numbers(record), folder / f"{name}.png")
        except OSError:
            raise
        except Exception as error:  # a run never fails for a picture
            log.exception("%s.png", name)
            notes.append(f"{name}.png could not be drawn ({error}); run.log has the details.")
    return notes


def _draw_diagram(folder: Path, network: Any) -> list[str]:
    try:
        with records.replacing(folder / "model.png") as path:
            reason = diagram.with_dot(network, path)
            if reason is None:
                return []
            diagram.draw(diagram.numbers(network)).savefig(path, dpi=style.DPI)
        log.warning("model.png: %s", reason)
        return [f"model.png is a simple drawing, not Keras' own, because {reason}."]
    except OSError:
        raise
    except Exception as error:  # a run never fails for a picture
        log.exception("model.png")
        return [f"model.png could not be drawn ({error}); run.log has the details."]


def _save(picture: ModuleType, numbers: Any, target: Path) -> None:
    with records.replacing(target) as path:
        picture.draw(numbers).savefig(path, dpi=style.DPI)
