"""The graph of a transfer network: calibrated probabilities, a heatmap per class, the embedding, and its scores."""

from torch import Tensor, nn

from export.cam import class_activation_maps
from export.ood import OodScore
from export.other_finding import OUTPUT as OTHER_FINDING
from export.other_finding import unfitted_other_finding
from fovea import ModelSpec
from training.models.googlenet import GoogLeNet
from training.models.transfer_net import TransferNet


class ExportedClassifier(nn.Module):
    """Pixels uint8 (N, H, W, 3) to the tensors that `output_names` lists."""

    def __init__(self, network: TransferNet | GoogLeNet, spec: ModelSpec, ood: OodScore) -> None:
        super().__init__()
        self.network = network
        self.ood = ood
        self.other = unfitted_other_finding() if network.head.learns_others else None
        self.temperature = spec.temperature

    @property
    def output_names(self) -> tuple[str, ...]:
        own = (OTHER_FINDING,) if self.other is not None else ()
        return ("probabilities", "heatmaps", "embedding", "ood_score", *own)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        head = self.network.head
        maps = self.network.maps(pixels)
        embedding = head.embed(maps)
        logits = head.classify(embedding)
        known = logits if self.other is None else logits[:, : head.num_classes]
        probabilities = (known / self.temperature).softmax(dim=1)
        outputs = probabilities, class_activation_maps(head, maps, embedding), embedding, self.ood(embedding)
        return outputs if self.other is None else (*outputs, self.other(logits))
