"""The page of a run: a record, a template and one stylesheet; it loads nothing from a network.

What draws with matplotlib is imported where a run is drawn: a comparison draws none, and the import
takes longer than its thousand runs.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import plots
from ..plots.pictures import by_name
from ..record import Record
from ..saved_model import load_network
from ..storage import files, run_folder
from ..storage.sweep_folder import SWEEP
from .comparison_page import PAGE as COMPARISON
from .comparison_page import PARTS, compare
from .comparison_page import TABLE as RESULTS
from .html import PagePicture
from .policy import image_in_page

if TYPE_CHECKING:
    from ..plots.pictures import Picture
    from .drawings import Drawings

__all__ = ["COMPARISON", "PARTS", "RESULTS", "build_report", "compare", "pictures", "rebuild"]

_log = logging.getLogger(__name__)

DEEPEST = 3  # folders that a run's may lie below its sweep's
DIAGRAM_FILE, NETWORK_FILE = f"{plots.DIAGRAM}.png", f"{plots.NETWORK}.png"


def pictures() -> tuple[str, ...]:
    """The file names of all pictures of a run."""
    return plots.picture_files()


def build_report(folder: Path, record: Record, network: Any) -> Record:
    """Draw all pictures of a run and write its page.

    Returns the record with a note for each picture that could not be drawn as it should be: a run
    never fails for a picture.
    """
    from .run_page import BesideLink, render

    drawn, reason = _drawings(record, network)
    shown, undrawn = _draw_pictures(folder, record, drawn.instead)
    weighed, lost = _draw_network(folder, record, network)
    notes = [*_draw_diagram(folder, network), *lost, *undrawn, *reason]
    record = replace(record, about=replace(record.about, notes=tuple(notes)))
    if weighed is not None:
        shown[plots.NETWORK] = weighed
    with files.replacing(folder / run_folder.REPORT) as path:
        size = png_size(folder / DIAGRAM_FILE)
        image = image_in_page((folder / DIAGRAM_FILE).read_bytes()) if size else ""
        beside = BesideLink(comparison_of(folder), image, size)
        page = render(record, shown, size is not None, drawn, beside)
        path.write_text(page, encoding="utf-8")
    return record


def rebuild(folder: Path) -> None:
    """Draw the pictures and write the page of a finished run again, from its files alone.

    Raises:
        ArchlabError: where files of it are damaged, or links.
    """
    record = run_folder.read(folder)
    network = load_network(folder, record.about)
    record = build_report(folder, record, network)
    run_folder.finish(folder, record.about, record.state, pictures())


def png_size(path: Path) -> tuple[int, int] | None:
    """Width and height of a PNG picture, as its header has them; None where there is none."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        width, height = struct.unpack(">II", file.read(24)[16:])
    return width, height


def comparison_of(folder: Path) -> str:
    """The address of the page of the sweep that a run's folder lies in; nothing where in none.

    That page is written when all runs are done, after this one's.
    """
    for steps, above in enumerate(folder.resolve().parents[:DEEPEST], start=1):
        if (above / SWEEP).is_file():
            return "../" * steps + COMPARISON
    return ""


def _drawings(record: Record, network: Any) -> tuple[Drawings, list[str]]:
    """The pictures that the page draws, and a note where they could not be made."""
    from .drawings import Drawings, page_drawings

    try:
        return page_drawings(record, network), []
    except Exception as error:  # a run never fails for a picture
        _log.exception("live pictures")
        note = f"The live pictures could not be drawn ({error}); run.log has the details."
        return Drawings(), [note]


def _draw_pictures(
    folder: Path, record: Record, instead: Collection[str]
) -> tuple[dict[str, PagePicture], list[str]]:
    """Every picture that could be drawn, and notes on the others; SVG of those not in `instead`."""
    from ..plots import style

    shown, notes = {}, []
    for name, picture in by_name().items():
        try:
            caption = picture.caption(record)
            figure, image = _image(picture, picture.numbers(record))
            drawn = "" if name in instead else style.svg(figure, name, caption)
        except Exception as error:  # a run never fails for a picture
            _log.exception("%s.png", name)
            notes.append(f"{name}.png could not be drawn ({error}); run.log has the details.")
            continue
        files.write_bytes(folder / f"{name}.png", image)
        shown[name] = PagePicture(f"{name}.png", drawn, caption)
    return shown, notes


def _image(picture: Picture, shown: Any) -> tuple[Any, bytes]:
    """A picture's figure and its file; where a figure of an earlier run fails, on a new one."""
    from ..plots import style
    from ..plots.figures.layers import forget_figures

    try:
        figure = picture.draw(shown)
        return figure, style.png(figure)
    except Exception:
        if not forget_figures():
            raise
    figure = picture.draw(shown)
    return figure, style.png(figure)


def _draw_network(
    folder: Path, record: Record, network: Any
) -> tuple[PagePicture | None, list[str]]:
    """The network's weights as a file, and for the page; a note where they could not be drawn."""
    try:
        from ..plots import network as weights
        from ..plots import network_drawing, network_legend, style
        from ..plots.network_svg import network_svg

        x_NxF = record.predictions[record.features].to_numpy(dtype=float)
        layers = weights.layers_of(network, x_NxF)
        shown = weights.numbers(layers, record.features, record.about.data["target"])
        figure = network_drawing.draw(shown)
        image = style.png(figure)
        drawn = network_svg(shown, network_legend.in_words(shown))
    except Exception as error:  # a run never fails for a picture
        _log.exception(NETWORK_FILE)
        return None, [f"{NETWORK_FILE} could not be drawn ({error}); run.log has the details."]
    files.write_bytes(folder / NETWORK_FILE, image)
    about = record.about
    caption = network_legend.caption(shown, about.shown_repeat, record.metrics.repeats)
    return PagePicture(NETWORK_FILE, drawn, caption), []


def _draw_diagram(folder: Path, network: Any) -> list[str]:
    try:
        from ..plots import diagram, style

        image, reason = diagram.with_dot(network)
        if image is None:
            image = style.png(diagram.draw(diagram.numbers(network)))
    except Exception as error:  # a run never fails for a picture
        _log.exception(DIAGRAM_FILE)
        return [f"{DIAGRAM_FILE} could not be drawn ({error}); run.log has the details."]
    files.write_bytes(folder / DIAGRAM_FILE, image)
    if not reason:
        return []
    _log.warning("%s: %s", DIAGRAM_FILE, reason)
    return [f"{DIAGRAM_FILE} is a simple drawing, not Keras' own, because {reason}."]
