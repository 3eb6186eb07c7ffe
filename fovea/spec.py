"""ModelSpec: everything an exported model says of itself, stored as JSON in the metadata of its ONNX file."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

from fovea.errors import ModelFileError, SettingError
from fovea.listing import either

Fit = Literal["stretch", "crop", "mnist"]
LayerKind = Literal["convolution", "norm", "activation", "pooling", "concatenation", "dense", "distance", "block"]


@dataclass(frozen=True)
class Metric:
    """One measured figure, with what is needed to judge it.

    `value` is a fraction in 0..1; `interval` is its 95 % interval. `split` names the images: `val`, `test`, or an
    out-of-distribution set that the score was tried on.
    """

    name: str
    value: float
    split: str
    n: int
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class ReceptiveField:
    """The square of input pixels that a unit can see.

    Unit i of an axis sees `size_px` pixels from `start_px` + i x `jump_px` on. Pixels before 0 or past the image are
    padding.
    """

    size_px: int
    jump_px: int
    start_px: int


@dataclass(frozen=True)
class Layer:
    """One named output that holds a layer's activation: (N, C, H, W) for maps, (N, C) for units.

    `title` is the name the paper gives the layer; `shape` leaves out the batch axis. The rest is for files that show
    their layers: `stage` gathers the layers that belong together, `inputs` are the outputs that feed the layer (none:
    the pixels), `kernels` is the constant output that holds its weights (O, I / groups, kernel_size, kernel_size), or
    what a `distance` is measured to (O, 1, rows, columns).
    `kernel_size`, `stride`, `padding` and `groups` are 0 for a layer without a window.
    """

    output: str
    title: str
    shape: tuple[int, ...]
    parameters: int
    kind: LayerKind | None = None
    stage: str = ""
    inputs: tuple[str, ...] = ()
    kernel_size: int = 0
    stride: int = 0
    padding: int = 0
    groups: int = 0
    multiply_adds: int = 0
    receptive_field: ReceptiveField | None = None
    kernels: str | None = None


@dataclass(frozen=True)
class Reference:
    """What the model says of its `n` validation images, to tell later whether other images are still like them.

    `class_shares` (K,) are the shares of the most probable class; `ood_score_edges` (9,) are the deciles of the score.
    """

    n: int
    class_shares: tuple[float, ...]
    ood_score_edges: tuple[float, ...]


@dataclass(frozen=True)
class ModelSpec:
    """The contract of a model file.

    The input is always `pixels`, uint8 (N, height, width, channels). `temperature` divides the logits inside the graph;
    it is recorded, never applied again. `abstain_below` is the probability under which the answer is "not sure".
    `precision` is that of the convolutions: int8, int8 and float32 where the last ones stay float, float32, or float16
    weights, which are stored as float16 and computed with in float32. `meanings` says in words what each class stands
    for, where a name is not enough. `train_seconds` is what the training run took, None where that is not known.
    `detail_px` is the side of the square that every training image was, where it was less than the input: larger images
    are stretched to it first, so that the network is shown no detail of a kind that it never saw. It goes with the fit
    `stretch`.
    """

    task: str
    title: str
    architecture: str
    classes: tuple[str, ...]
    height: int
    width: int
    channels: int
    fit: Fit
    parameters: int
    training_data: str
    data_licence: str
    licence: str
    limits: tuple[str, ...]
    created: str
    metrics: tuple[Metric, ...] = ()
    layers: tuple[Layer, ...] = ()
    temperature: float = 1.0
    abstain_below: float | None = None
    opset: int = 0
    precision: str = "float32"
    meanings: tuple[str, ...] = ()
    reference: Reference | None = None
    train_seconds: float | None = None
    detail_px: int | None = None

    def __post_init__(self) -> None:
        if self.fit not in get_args(Fit):
            raise ModelFileError(f"The spec's fit is {self.fit!r}. Choose {either(get_args(Fit))}.")
        if self.channels not in (1, 3):
            raise ModelFileError(f"The spec's channels is {self.channels}. Choose 1 (grey) or 3 (RGB).")
        if self.meanings and len(self.meanings) != len(self.classes):
            raise ModelFileError(f"The spec has {len(self.meanings)} meanings for {len(self.classes)} classes.")
        if self.detail_px is not None and (self.fit != "stretch" or self.detail_px < 1):
            raise ModelFileError(
                f"The spec's detail_px is {self.detail_px} with the fit {self.fit}. Use the fit stretch and 1 or more."
            )
        if self.height < 1 or self.width < 1:
            raise ModelFileError(f"The spec's size is {self.height} x {self.width}. Both must be at least 1.")

    def metric(self, name: str, split: str = "test") -> Metric | None:
        """The figure called `name` on `split`, or None where it was not measured."""
        return next((m for m in self.metrics if m.name == name and m.split == split), None)

    def layer(self, output: str) -> Layer:
        """The layer whose output is called `output`. Raises SettingError where there is none."""
        found = next((layer for layer in self.layers if layer.output == output), None)
        if found is None:
            names = [layer.output for layer in self.layers]
            advice = f"Choose {either(names)}." if names else "This file shows no layers."
            raise SettingError(f"The layer is {output!r}. {advice}")
        return found

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse what `to_json` wrote; raises ModelFileError where a field is missing, unknown or of the wrong form."""
        try:
            raw: dict[str, Any] = json.loads(text)
            unknown = set(raw) - {field.name for field in fields(cls)}
            if unknown:
                raise ModelFileError(f"The spec has unknown fields: {', '.join(sorted(unknown))}.")
            raw["metrics"] = tuple(Metric(**_tuples(metric)) for metric in raw.get("metrics", ()))
            raw["layers"] = tuple(_layer(layer) for layer in raw.get("layers", ()))
            if raw.get("reference") is not None:
                raw["reference"] = Reference(**_tuples(raw["reference"]))
            return cls(**_tuples(raw))
        except (json.JSONDecodeError, TypeError, AttributeError) as error:
            raise ModelFileError(f"The spec cannot be parsed: {error}.") from error


def _layer(raw: dict[str, Any]) -> Layer:
    field = raw.get("receptive_field")
    return Layer(**_tuples(raw) | {"receptive_field": None if field is None else ReceptiveField(**field)})


def _tuples(raw: dict[str, Any]) -> dict[str, Any]:
    """JSON knows lists only; the spec is immutable and holds tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
