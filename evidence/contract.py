"""What a file takes and gives, in words: for its model card."""

from collections.abc import Sequence

from fovea.spec import ModelSpec

# outputs beside the layers: what they are, and their shape in words
OUTPUTS = {
    "heatmaps": ("Grad-CAM of each class, in 0..1", "classes x height x width of the last maps"),
    "embedding": ("the pooled last maps", "channels of the last maps"),
    "ood_score": ("unlikeness to the training images, 1.0 is the threshold", "1"),
    "other_finding": ("score for a finding outside the classes, 1.0 is the threshold", "1"),
}


def contract(spec: ModelSpec, outputs: Sequence[str]) -> list[str]:
    """Lines of Markdown: the input, and a row for each of the file's `outputs` and each layer."""
    side = spec.detail_px
    first = "" if side is None else f", first to at most {side} x {side}, the detail of the training"
    pixels = f"Input `pixels`: uint8 (N, {spec.height}, {spec.width}, {spec.channels}), fitted by `{spec.fit}`{first}."
    is_classifier = "probabilities" in outputs
    inside = f"Normalisation and the temperature {spec.temperature:.3f} are inside."
    if not is_classifier:
        inside = "Normalisation is inside. Each layer is an output, and the kernels of each convolution are constants."
    return [
        f"{pixels} Classes: {', '.join(spec.classes)}. {inside}" if is_classifier else f"{pixels} {inside}",
        "",
        "| output | layer | shape | parameters |",
        "| --- | --- | --- | --- |",
        *([f"| probabilities | softmax | {len(spec.classes)} | 0 |"] if is_classifier else []),
        *(f"| {name} | {OUTPUTS[name][0]} | {OUTPUTS[name][1]} | 0 |" for name in outputs if name in OUTPUTS),
        *(
            f"| {layer.output} | {layer.title} | {' x '.join(map(str, layer.shape))} | {layer.parameters:,} |"
            for layer in spec.layers
        ),
    ]
