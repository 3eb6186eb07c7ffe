"""Photos in files: checked once, read when asked for, known by their content."""

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, Self

import torch
from PIL import Image
from torch import Tensor

from fovea import FoveaError, decode
from training.data.left_out import DamagedPhotoError

AT_ONCE = 10_000  # photos given to the threads: what waits for them takes a kilobyte each


class PhotoSet(Protocol):
    """What views and the prefix cache are made from; see Photos for each part."""

    @property
    def labels(self) -> Tensor: ...

    @property
    def digests(self) -> tuple[bytes, ...]: ...

    @property
    def channels(self) -> Literal[1, 3]: ...

    def __len__(self) -> int: ...

    def photo(self, index: int) -> Image.Image: ...

    def take(self, indices: Sequence[int]) -> Self: ...


@dataclass(frozen=True)
class Photos:
    """`paths` of the files, `labels` int64 (N,), and `digests`, the sha256 of each file's bytes.

    `channels` is 1 for grey films, 3 for colour photos.
    """

    paths: tuple[Path, ...]
    labels: Tensor
    digests: tuple[bytes, ...]
    channels: Literal[1, 3] = 3

    def __len__(self) -> int:
        return len(self.paths)

    def photo(self, index: int) -> Image.Image:
        """Decoded as serving decodes it: upright, grey or RGB."""
        return decode(self.paths[index].read_bytes(), channels=self.channels)

    def take(self, indices: Sequence[int]) -> "Photos":
        return Photos(
            paths=tuple(self.paths[index] for index in indices),
            labels=self.labels[torch.tensor(indices, dtype=torch.long)],
            digests=tuple(self.digests[index] for index in indices),
            channels=self.channels,
        )

    def joined(self, other: "Photos") -> "Photos":
        return Photos(
            self.paths + other.paths,
            torch.cat([self.labels, other.labels]),
            self.digests + other.digests,
            self.channels,
        )


def read_photos(
    paths: Sequence[Path],
    labels: Sequence[int],
    *,
    strict: bool,
    channels: Literal[1, 3] = 3,
    look: Callable[[Path, Image.Image], None] = lambda _path, _photo: None,
) -> tuple[Photos, tuple[str, ...]]:
    """The photos that can be decoded, and a sentence for each one that cannot.

    `look` sees each decoded photo once, in any order and from several threads. Raises DamagedPhotoError at the first
    file that cannot be decoded where `strict`.
    """
    checked: list[bytes | str] = []
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(paths), AT_ONCE):
            checked += pool.map(lambda path: _check(path, channels, look), paths[start : start + AT_ONCE])
    skipped = tuple(result for result in checked if isinstance(result, str))
    if strict and skipped:
        raise DamagedPhotoError(skipped[0])
    kept = [index for index, result in enumerate(checked) if isinstance(result, bytes)]
    photos = Photos(
        paths=tuple(paths[index] for index in kept),
        labels=torch.tensor([labels[index] for index in kept], dtype=torch.long),
        digests=tuple(digest for digest in checked if isinstance(digest, bytes)),
        channels=channels,
    )
    return photos, skipped


def _check(path: Path, channels: Literal[1, 3], look: Callable[[Path, Image.Image], None]) -> bytes | str:
    """The digest of a readable photo, else what is wrong with it."""
    name = os.fsencode(path).decode(errors="backslashreplace")
    try:
        if not path.is_file():  # reading a pipe would never end
            return f"{name}: {not_a_file(path)}"
        content = path.read_bytes()
        look(path, decode(content, channels=channels))
    except FoveaError as error:
        return f"{name}: {error}"
    except OSError as error:
        return f"{name}: The file cannot be read ({error.strerror})."
    if os.fsencode(path) != name.encode():
        return f"{name}: The name is not in UTF-8."
    return hashlib.sha256(content).digest()


def not_a_file(path: Path) -> str:
    """What is at `path` instead of a file, in a sentence."""
    if path.is_dir():
        return "This is a folder."
    if path.is_symlink():
        return "This link leads nowhere."
    return "This is not a regular file." if path.exists() else "The file does not exist."
