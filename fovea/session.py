"""One ONNX file, opened: `load(path).predict(image)`."""

import ctypes
import functools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# onnxruntime's wheels report their use to Microsoft unless told otherwise before the import (its Privacy.md).
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from fovea.errors import ModelFileError, SettingError
from fovea.expected import KEY as EXPECTED
from fovea.expected import Difference, ExpectedAnswers, check_differences
from fovea.fitting import fit_image, fit_to_spec, fit_warnings
from fovea.header import ModelHeader, content_of, header_of
from fovea.images import ImageInput, read_image
from fovea.listing import either
from fovea.prediction import Prediction
from fovea.processor import described
from fovea.revision import check_revision
from fovea.threads import available_cpus

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
# Without VNNI, 8-bit weights overflow the 16-bit sums of AVX2 and AVX-512 unless onnxruntime is told to be exact.
EXACT_INT8 = "session.x64quantprecision"
# What onnxruntime raises on a file that it cannot open or run; they have no base class of their own.
ORT_ERRORS = (
    ort_errors.EPFail,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


@dataclass(frozen=True)
class FeatureMaps:
    """What every layer makes of one image.

    `pixels` uint8 (H, W, C) is what the network saw. `feature_maps` holds an activation per layer of the spec, in its
    order: float32 (C, H, W) for maps, (C,) for units.
    """

    pixels: NDArray[np.uint8]
    feature_maps: dict[str, NDArray[np.float32]]


class Model:
    """An exported model and its contract. Safe to call from several threads."""

    def __init__(self, header: ModelHeader, session: ort.InferenceSession) -> None:
        self.header = header
        self.session = session
        self.path = header.path
        self.spec = header.spec
        self.revision = header.revision
        kernels = {layer.kernels for layer in header.spec.layers}
        self.outputs = tuple(name for name in header.outputs if name not in kernels)

    @property
    def card(self) -> str:
        """The model card that stands beside the file, Markdown; empty where there is none."""
        return self.header.card

    @property
    def providers(self) -> tuple[str, ...]:
        """Execution providers in use, first choice first."""
        return tuple(self.session.get_providers())

    @functools.cached_property
    def expected(self) -> ExpectedAnswers | None:
        """The answers that the exporter stored; None where the file has none. Raises ModelFileError."""
        text = self.session.get_modelmeta().custom_metadata_map.get(EXPECTED)
        if text is None:
            return None
        expected = ExpectedAnswers.from_text(text)
        expected.check_fits((self.spec.height, self.spec.width, self.spec.channels))
        return expected

    def differences(self) -> tuple[Difference, ...]:
        """Between the expected answers and those that this machine gives; empty where the file has none."""
        return () if self.expected is None else self.expected.differences(self.run)

    def check_answers(self, outputs: Mapping[str, NDArray[np.float32]] | None = None) -> None:
        """Raises UnexpectedAnswersError where this machine does not answer as the exporter's did.

        `outputs` are those for the stored inputs, where they are at hand.
        """
        if self.expected is None:
            return
        found = self.differences() if outputs is None else self.expected.differences(lambda _: outputs)
        check_differences(found, f"{self.path} on {described()} with {self.providers[0]}")

    def pixels(self, image: ImageInput) -> NDArray[np.uint8]:
        """The pixels that the network takes for `image`: uint8 (H, W, C). Raises ImageError."""
        return fit_image(image, self.spec)

    def run(self, pixels: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Every output of the graph for a batch: `pixels` uint8 (N, H, W, C), each output with N first."""
        results: list[Any] = self.session.run(self.outputs, {"pixels": pixels})
        return dict(zip(self.outputs, results, strict=True))

    def kernels(self, layer: str) -> NDArray[np.float32] | None:
        """The weights (O, I / groups, k, k) of the convolution `layer`; None where the layer, or the file, has none.

        Raises SettingError for an unknown layer.
        """
        output = self.spec.layer(layer).kernels
        if output is None:
            return None
        # They are constants of the graph: nothing else runs, but onnxruntime wants its input all the same.
        options = ort.RunOptions()
        options.only_execute_path_to_fetches = True
        blank = np.zeros((1, self.spec.height, self.spec.width, self.spec.channels), dtype=np.uint8)
        weights: NDArray[np.float32] = self.session.run([output], {"pixels": blank}, options)[0]
        return weights

    def feature_maps(self, image: ImageInput) -> FeatureMaps:
        """Every layer's activation for one image. Raises ImageError where it cannot be read for sure."""
        pixels = self.pixels(image)
        outputs = self.run(pixels[np.newaxis])
        return FeatureMaps(pixels, {layer.output: outputs[layer.output][0] for layer in self.spec.layers})

    def predict(self, image: ImageInput) -> Prediction:
        """Decode, fit and classify one image.

        Raises:
            ImageError: it cannot be read for sure.
            ModelFileError: the file shows layers and classifies nothing; `feature_maps` is for it.
        """
        if not self.header.is_classifier:
            raise ModelFileError(f"{self.path} has no output probabilities. Call feature_maps(image) for its layers.")
        decoded = read_image(image, self.spec.channels)
        pixels = fit_to_spec(decoded.image, self.spec)
        warnings = decoded.warnings + fit_warnings(decoded.image, self.spec)
        return Prediction.of(self.run(pixels[np.newaxis]), self.spec, pixels, warnings)


def load(
    path: str | Path,
    *,
    threads: int | None = None,
    providers: Sequence[str] | None = None,
    optimize: bool = True,
    check: bool = False,
) -> Model:
    """Open an exported model.

    Args:
        path: the .onnx file.
        threads: CPU threads of one inference; by default as many as affinity mask and cgroup quota allow.
        providers: onnxruntime execution providers, first choice first; by default CUDA where a driver and a CUDA build
            of onnxruntime are there, then the CPU.
        optimize: whether onnxruntime may rewrite the graph; without, it runs node by node as it is stored.
        check: compare the answers that the file expects with those of this machine first.

    Raises:
        ModelFileError: no such file, not ONNX, or no spec inside.
        RevisionError: its weights are not those that its revision stands for.
        UnexpectedAnswersError: with `check`, this machine answers otherwise.
        SettingError: `threads` under 1, or a provider that this onnxruntime lacks.
    """
    path = Path(path)
    # the bytes that are checked are the bytes that run, whatever happens to the file in between
    model = _open(content_of(path), path, _options(threads, optimize), providers)
    if check:
        model.check_answers()
    return model


def open_model(content: bytes, path: str | Path, *, threads: int | None = None, optimize: bool = True) -> Model:
    """Open an exported model that is in memory: `content` is what its file holds, or will hold, at `path`.

    Raises ModelFileError and SettingError as `load` does.
    """
    return _open(content, Path(path), _options(threads, optimize), None)


def open_part(content: bytes) -> ort.InferenceSession:
    """A session for a small part of a model file, which carries no spec of its own: on the CPU, with one thread."""
    return ort.InferenceSession(content, _options(threads=1), providers=[CPU])


def _options(threads: int | None, optimize: bool = True) -> ort.SessionOptions:
    if threads is not None and threads < 1:
        raise SettingError(f"threads is {threads}. Choose 1 or more.")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or available_cpus()
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if not optimize:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry(EXACT_INT8, "1")
    return options


def _open(content: bytes, path: Path, options: ort.SessionOptions, providers: Sequence[str] | None) -> Model:
    try:
        session = ort.InferenceSession(content, options, providers=list(_checked(providers)))
    except ORT_ERRORS as error:
        raise ModelFileError(f"{path} is not a model that onnxruntime can open.") from error
    outputs = tuple(output.name for output in session.get_outputs())
    header = header_of(path, session.get_modelmeta().custom_metadata_map, outputs)
    check_revision(content, header.revision, str(path))
    return Model(header, session)


def _checked(providers: Sequence[str] | None) -> Sequence[str]:
    available = ort.get_available_providers()
    if providers is None:
        return [CUDA, CPU] if CUDA in available and _has_cuda_driver() else [CPU]
    for provider in providers:
        if provider not in available:
            raise SettingError(f"The provider {provider!r} is not in this onnxruntime. Choose {either(available)}.")
    return providers


def _has_cuda_driver() -> bool:
    """Whether NVIDIA's driver is there: onnxruntime-gpu lists CUDA on every machine and fails at session start."""
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True
