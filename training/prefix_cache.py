"""The frozen-prefix cache: what does not train is computed once per image and view, and only the rest is trained."""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from training.data.photos import PhotoSet
from training.models.normalize import seen_size
from training.prefix_store import PrefixStore
from training.views import Views

CPU = torch.device("cpu")
FILL_PIXELS = 8 * 299 * 299  # at a time: more would not fit the processor's caches, 32 take half as long again each


@dataclass(frozen=True)
class PrefixOutputs:
    """Photos as the trainable part sees them: the outputs of `prefix`, one view per photo and epoch.

    `count` augmented views take turns by epoch, so epoch e shows view 1 + e % count; with `count` 0 it is always view
    0, as for validation. Without a `store`, and for rows that the store has no room for, the prefix runs every time.
    """

    photos: PhotoSet
    views: Views
    count: int
    prefix: nn.Module
    store: PrefixStore | None
    device: torch.device = CPU
    bf16: bool = False

    @property
    def labels(self) -> Tensor:
        return self.photos.labels.to(self.device)

    @property
    def digest(self) -> bytes:
        content = hashlib.sha256(b"".join(self.photos.digests))
        content.update(self.photos.labels.cpu().numpy().tobytes())
        return content.digest()

    def __len__(self) -> int:
        return len(self.photos)

    def to(self, device: torch.device) -> "PrefixOutputs":
        return replace(self, device=device, prefix=self.prefix.to(device))

    def inputs(self, indices: Tensor, epoch: int) -> Tensor:
        number = 1 + epoch % self.count if self.count else 0
        wanted = [(index, number) for index in indices.tolist()]
        keys = [self._key(*view) for view in wanted]
        if self.store is not None and all(key in self.store for key in keys):
            outputs = torch.from_numpy(self.store.read(keys)).to(self.device).float()
        else:
            outputs = self._compute(self._render(wanted)).float()
        # The order of the network's weights: without it every convolution on a CPU takes a third longer.
        return outputs.contiguous(memory_format=torch.channels_last) if outputs.dim() == 4 else outputs

    def fill(self, epochs: int, *, show_progress: bool = True) -> None:
        """Store every view that `epochs` epochs will ask for. What is stored stays, whenever this is stopped."""
        if self.store is None:
            return
        numbers = range(1, 1 + min(epochs, self.count)) if self.count else (0,)
        # A photo may stand in the list several times (balanced classes): its views are computed once.
        by_key = {self._key(index, number): (index, number) for number in numbers for index in range(len(self))}
        wanted = list(by_key.values())
        missing = [view for key, view in by_key.items() if key not in self.store]
        height, width = seen_size(self.prefix, self.views.height, self.views.width)
        size = max(8, FILL_PIXELS // (height * width))
        batches = [missing[start : start + size] for start in range(0, len(missing), size)]
        with tqdm(
            total=len(wanted),
            initial=len(wanted) - len(missing),
            desc="frozen prefix",
            unit=" views",
            mininterval=0.1 if sys.stderr.isatty() else 10,
            disable=not show_progress or not missing,
        ) as bar:
            for batch, pixels in self._rendered_ahead(batches):
                rows = self._compute(pixels).half().cpu().numpy()
                self.store.append([self._key(*view) for view in batch], rows)
                bar.update(len(batch))
                if self.store.is_full:
                    bar.write(f"The prefix cache is full at {self.store.max_bytes / 1e9:.1f} GB. The rest is computed.")
                    return

    def _compute(self, pixels: Tensor) -> Tensor:
        return compute(self.prefix, pixels, self.device, bf16=self.bf16)

    def _rendered_ahead(
        self, batches: Sequence[list[tuple[int, int]]]
    ) -> Iterator[tuple[list[tuple[int, int]], Tensor]]:
        """Each batch with its pixels; the next one is decoded while the network works on this one."""
        with ThreadPoolExecutor(max_workers=1) as ahead:
            pending = [ahead.submit(self._render, batch) for batch in batches[:1]]
            for number, batch in enumerate(batches):
                pixels = pending.pop().result()
                if number + 1 < len(batches):
                    pending.append(ahead.submit(self._render, batches[number + 1]))
                yield batch, pixels

    def _render(self, wanted: Sequence[tuple[int, int]]) -> Tensor:
        photos = self.photos
        return torch.stack(
            [self.views.render(photos.photo(index), photos.digests[index], number) for index, number in wanted]
        )

    def _key(self, index: int, number: int) -> bytes:
        return self.views.key(self.photos.digests[index], number)


def uncached(photos: PhotoSet, views: Views, count: int = 0) -> PrefixOutputs:
    """The photos' own pixels, for a whole network as it will be exported: the cache has no part in what it gives."""
    return PrefixOutputs(photos, views, count, nn.Identity(), None)


@torch.no_grad()
def compute(prefix: nn.Module, pixels: Tensor, device: torch.device, *, bf16: bool = False) -> Tensor:
    """The prefix's outputs for pixels uint8 (N, H, W, C)."""
    with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        outputs: Tensor = prefix(pixels.to(device))
    return outputs


def open_store(folder: Path, prefix: nn.Module, example: Tensor, max_bytes: int, *, bf16: bool = False) -> PrefixStore:
    """The store of this prefix: its name is the digest of every weight, of the layers' settings and the precision.

    `example` is one image's pixels, (1, H, W, C).
    """
    digest = hashlib.sha256(f"{prefix!r}{' in bfloat16' if bf16 else ''}".encode())
    for name, tensor in prefix.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    device = next((tensor.device for tensor in prefix.state_dict().values()), CPU)
    shape = compute(prefix, example, device).shape[1:]
    return PrefixStore(folder, digest.hexdigest()[:32], tuple(np.array(shape)), max_bytes)
