"""The graph of a transfer network: calibrated probabilities, a heatmap per class, the embedding, and its score."""

from torch import Tensor, nn

from export.cam import class_activation_maps
from export.ood import OodScore
from fovea import ModelSpec
from training.models.googlenet import GoogLeNet
from training.models.transfer_net import TransferNet


class ExportedClassifier(nn.Module):
    """Pixels uint8 (N, H, W, 3) to the tensors that `output_names` lists."""

    output_names = ("probabilities", "heatmaps", "embedding", "ood_score")

    def __init__(self, network: TransferNet | GoogLeNet, spec: ModelSpec, ood: OodScore) -> None:
        super().__init__()
        self.network = network
        self.ood = ood
        self.temperature = spec.temperature

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        head = self.network.head
        maps = self.network.maps(pixels)
        embedding = head.embed(maps)
        probabilities = (head.classify(embedding) / self.temperature).softmax(dim=1)
        return probabilities, class_activation_maps(head, maps, embedding), embedding, self.ood(embedding)
