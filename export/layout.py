"""Whether a film is laid out as a frontal chest film: two dark lungs beside a bright middle.

The embedding is a mean over the film, so it hardly tells where things lie: a lateral film has the texture of a chest.
The layout is the film's mean brightness on a coarse grid, standardised as the network sees it, and its score is the
distance to the nearest class of training films (`export.ood`). It joins the graph behind everything else, so no form of
the network changes it.
"""

from dataclasses import dataclass

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import compose
from torch import Tensor, nn

from export.batches import run
from export.metadata import spec_of, with_spec
from export.model_file import copied, opened
from export.ood import OodScore, fit_ood, threshold_of
from export.score_graph import SCORE, score_by_larger, set_aside, taken_back
from export.to_onnx import to_onnx
from fovea.decision import is_unlike_training
from training.data.spoiled_films import spoiled
from training.models.normalize import StandardizeFilm

GRIDS = (5, 6, 7, 8, 10)  # cells to a side
SPOILED_FILMS = 300  # validation films that are spoiled, in every way
PREFIX = "ood.layout."
OTHER, OTHER_THRESHOLD = "ood.of_embedding", "ood.of_embedding_threshold"
NAME = "layout"

Pixels = NDArray[np.uint8]


class Layout(nn.Module):
    """Grey pixels (N, H, W, 1) to (N, `grid` x `grid`): the mean of each cell, in deviations from the film's mean."""

    rows: Tensor
    columns: Tensor

    def __init__(self, standardize: StandardizeFilm, grid: int, height: int, width: int) -> None:
        super().__init__()
        self.standardize = standardize
        self.register_buffer("rows", _cells(grid, height))  # (grid, H)
        self.register_buffer("columns", _cells(grid, width).T.contiguous())  # (W, grid)

    def forward(self, pixels: Tensor) -> Tensor:
        film = (self.standardize(pixels)[:, :, :, 0] - StandardizeFilm.MEAN) / StandardizeFilm.DEVIATION
        cells: Tensor = self.rows @ film @ self.columns
        return cells.flatten(1)


def _cells(grid: int, size: int) -> Tensor:
    """(grid, size): the share of each pixel in each cell's mean; cells may end within a pixel."""
    ends = torch.linspace(0, size, grid + 1)
    pixel = torch.arange(size)
    covered = torch.minimum(ends[1:, None], pixel + 1) - torch.maximum(ends[:-1, None], pixel)
    return covered.clamp(min=0) * grid / size


class LayoutScore(nn.Module):
    """Pixels to a score (N,), 1.0 at its threshold."""

    output_names = (NAME,)

    def __init__(self, layout: Layout, distance: OodScore) -> None:
        super().__init__()
        self.layout, self.distance = layout, distance

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        return (self.distance(self.layout(pixels)),)


@dataclass(frozen=True)
class Films:
    """Training films with their labels, and validation films: uint8 (N, H, W, 1)."""

    train: Pixels
    labels: NDArray[np.int64]
    val: Pixels


def with_layout(
    proto: onnx.ModelProto, standardize: StandardizeFilm, films: Films, kept_share: float
) -> tuple[onnx.ModelProto, str]:
    """The model whose score is the larger of its own and that of the layout, and a sentence on the grid.

    The grid is the one by which most spoiled validation films are refused. The score is divided by a threshold of its
    own, 1.0 until `with_rescaled_threshold` sets it.
    """
    each = 1 - (1 - kept_share) / 2  # both have to keep a film
    cut = threshold_of(run(opened(proto), films.val, (SCORE,))[SCORE], each)
    kinds = spoiled(films.val[:: max(1, len(films.val) // SPOILED_FILMS)])
    own = {kind: run(opened(proto), pixels, (SCORE,))[SCORE] / cut for kind, pixels in kinds.items()}
    scores = {grid: fit_layout(standardize, grid, films, each) for grid in GRIDS}
    found = {grid: {kind: _scored(score, pixels) for kind, pixels in kinds.items()} for grid, score in scores.items()}

    def refused(grid: int) -> float:
        return float(np.mean([is_unlike_training(np.maximum(found[grid][kind], own[kind])).mean() for kind in kinds]))

    best = max(GRIDS, key=refused)
    shares = [
        f"{kind} {_share(own[kind])}, {_share(found[best][kind])}, {_share(np.maximum(found[best][kind], own[kind]))}"
        for kind in kinds
    ]
    n = len(next(iter(own.values())))
    sentence = (
        f"The score is the larger of two, of the embedding and of the film's layout: its mean brightness on a grid "
        f"of {best} x {best}. Refused of {n} validation films that were spoiled, by embedding, layout and both: "
        f"{'. '.join(shares)}. By grid, the mean of both: "
        f"{', '.join(f'{grid} x {grid} {refused(grid):.3f}' for grid in GRIDS)}."
    )
    return joined(proto, scores[best], cut), sentence


def fit_layout(standardize: StandardizeFilm, grid: int, films: Films, kept_share: float) -> LayoutScore:
    layout = Layout(standardize, grid, *films.train.shape[1:3])
    train, val = (_laid_out(layout, pixels) for pixels in (films.train, films.val))
    return LayoutScore(layout, fit_ood(train, torch.from_numpy(films.labels), val, kept_share))


def joined(proto: onnx.ModelProto, score: LayoutScore, cut: float) -> onnx.ModelProto:
    """The model whose score is the larger of its own, divided by `cut`, and `score`."""
    spec = spec_of(proto)
    part = compose.add_prefix(to_onnx(score, spec), PREFIX, rename_inputs=False)
    result = copied(proto)
    graph = result.graph
    set_aside(graph, OTHER, OTHER_THRESHOLD, cut)
    graph.node.extend(part.graph.node)
    graph.initializer.extend(part.graph.initializer)
    score_by_larger(graph, PREFIX, OTHER, PREFIX + NAME)
    onnx.checker.check_model(result)
    return with_spec(result, spec)


def without_layout(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The model with the score of its embedding alone; `proto` as it is where that is its score."""
    return taken_back(proto, PREFIX, OTHER, OTHER_THRESHOLD)


@torch.no_grad()
def _laid_out(layout: Layout, pixels: Pixels) -> Tensor:
    return torch.cat([layout(batch) for batch in torch.split(torch.from_numpy(pixels), 64)])


@torch.no_grad()
def _scored(score: LayoutScore, pixels: Pixels) -> NDArray[np.float32]:
    found: NDArray[np.float32] = score(torch.from_numpy(pixels))[0].numpy()
    return found


def _share(scores: NDArray[np.float32]) -> str:
    return f"{is_unlike_training(scores).mean():.2f}"
