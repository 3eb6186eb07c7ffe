"""What each network costs: depth, parameters and multiply-adds at its paper's input size, layer by layer.

Published errors are cited, not measured, on ImageNet's validation or test images: that of one network which sees ten
crops of an image at most, so that errors and costs can be compared, and that of several networks together with as many
crops as they liked, the challenge entry where there was one.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from training.experiments.result import write_result
from training.models import build
from training.models.costs import layer_costs


@dataclass(frozen=True)
class Entry:
    """A network as its paper has it, unless `paper` says what is different.

    `depth` is the paper's count of layers with weights; None where that is the count of convolutions and dense layers.
    Errors are top-5 on ImageNet in %: `single_error` of one network, `top5_error` of several together; None where the
    paper has none.
    """

    name: str
    architecture: str
    year: int
    paper: str
    size: int
    channels: int = 3
    options: dict[str, Any] = field(default_factory=dict)
    depth: int | None = None
    top5_error: float | None = None
    top5_source: str = ""
    single_error: float | None = None
    single_source: str = ""


# With the stride in the 1 x 1 convolution, as in the paper, they take 3.86 and 11.28 billion multiply-adds.
V1_5 = "He et al. 2015; here version 1.5, with the stride in the 3 x 3 convolutions"

ENTRIES = (
    Entry("Fully connected", "mlp", 1998, "LeCun et al. 1998, section III.C; here 77 units with ReLU", 28, 1),
    # LeCun et al. 1998, section II.B: seven layers, all of which contain trainable parameters, S2 and S4 too
    Entry("LeNet-5", "lenet5", 1998, "LeCun et al. 1998; here with all connections, ReLU and softmax", 28, 1, depth=7),
    Entry(
        *("AlexNet", "alexnet", 2012, "Krizhevsky, Sutskever and Hinton 2012", 227),
        top5_error=15.3,
        top5_source="ILSVRC-2012 test, 7 networks, two of them pretrained on ImageNet's autumn 2011 release (table 2)",
        single_error=18.2,
        single_source="ILSVRC-2012 validation, 10 crops (table 2)",
    ),
    Entry(
        *("VGG16", "vgg16", 2014, "Simonyan and Zisserman 2014", 224),
        top5_error=7.3,
        top5_source="ILSVRC-2014 test, the team's submission of 7 networks (table 7)",
        single_error=8.1,
        single_source="ILSVRC-2012 validation, the whole image at one scale (table 3)",
    ),
    Entry(
        *("GoogLeNet", "googlenet", 2014, "Szegedy et al. 2014", 224),
        depth=22,
        top5_error=6.67,
        top5_source="ILSVRC-2014 test, 7 networks and 144 crops (table 2)",
        single_error=9.15,
        single_source="ILSVRC-2014 validation, 10 crops (table 3)",
    ),
    Entry(
        *("Inception-v3", "inception_v3", 2015, "Szegedy et al. 2015", 299),
        depth=42,
        top5_error=3.58,
        top5_source="ILSVRC-2012 test, 4 networks and 144 crops (table 5; validation 3.46)",
        single_error=5.6,
        single_source="ILSVRC-2012 validation, one crop (table 3)",
    ),
    Entry(
        *("ResNet-50", "resnet50", 2015, V1_5, 224),
        depth=50,
        single_error=6.71,
        single_source="ILSVRC-2012 validation, 10 crops (table 3)",
    ),
    Entry(
        *("ResNet-152", "resnet50", 2015, V1_5, 224),
        options={"blocks": (3, 8, 36, 3)},
        depth=152,
        top5_error=3.57,
        top5_source="ILSVRC-2015 test, 6 networks of several depths, two of them with 152 layers (table 5)",
        single_error=5.71,
        single_source="ILSVRC-2012 validation, 10 crops (table 3)",
    ),
    Entry("ResNet-110 for CIFAR-10", "cifar_resnet", 2015, "He et al. 2015, section 4.2", 32, 3, {"depth": 110}),
)


@dataclass(frozen=True)
class Options:
    """Where to write."""

    json: Path = Path("space/results/architectures.json")


def main(options: Options) -> dict[str, Any]:
    """Count, then write the JSON; its content."""
    return write_result(options.json, "architectures", {"rows": [row(entry) for entry in ENTRIES]})


def row(entry: Entry) -> dict[str, Any]:
    with torch.device("meta"):  # shapes alone: VGG16's numbers would take 550 MB
        network = build(entry.architecture, **entry.options)
    costs = layer_costs(network, (entry.size, entry.size, entry.channels))
    unused = ("auxiliary", "AuxLogits")
    return {
        "name": entry.name,
        "architecture": entry.architecture,
        "year": entry.year,
        "paper": entry.paper,
        "input": [entry.size, entry.size, entry.channels],
        "depth": entry.depth or len(costs),
        "parameters": sum(
            parameter.numel() for name, parameter in network.named_parameters() if not name.startswith(unused)
        ),
        "multiply_adds": sum(cost.multiply_adds for cost in costs),
        "top5_error": entry.top5_error,
        "top5_source": entry.top5_source,
        "single_error": entry.single_error,
        "single_source": entry.single_source,
        "layers": [asdict(cost) for cost in costs],
    }
