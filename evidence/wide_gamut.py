"""Colour spaces wider than sRGB: what a photo's numbers are in them, and the ICC profile that says so."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

D50 = (0.9642, 1.0, 0.8249)


@dataclass(frozen=True, eq=False)
class Space:
    """`primaries` (3, 3): columns of red, green and blue in XYZ under D50; no `gamma` means the curve of sRGB."""

    primaries: NDArray[np.float64]
    gamma: float | None = None

    def decoded(self, levels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Light of levels, both in 0..1."""
        if self.gamma is not None:
            return np.asarray(levels**self.gamma)
        return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)

    def encoded(self, light: NDArray[np.float64]) -> NDArray[np.float64]:
        """The inverse of `decoded`; light beyond 0..1 is clipped."""
        light = np.clip(light, 0, 1)
        if self.gamma is not None:
            return np.asarray(light ** (1 / self.gamma))
        return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)

    def profile(self) -> bytes:
        """The ICC profile of the space, with its curve as a table."""
        names = (b"rXYZ", b"gXYZ", b"bXYZ")
        columns = {name: xyz(tuple(self.primaries[:, index])) for index, name in enumerate(names)}
        levels = np.rint(self.decoded(np.arange(1024) / 1023) * 65535).astype(">u2")
        curve = b"curv" + struct.pack(">4xI", len(levels)) + levels.tobytes()
        return profile(b"RGB ", {b"wtpt": xyz(D50), **columns, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


# SMPTE EG 432-1, IEC 61966-2-1 and Adobe RGB (1998), section 4.3, adapted to D50 by Bradford's method
DISPLAY_P3 = Space(np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]))
SRGB = Space(np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]))
ADOBE_RGB = Space(
    np.array([[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]), 563 / 256
)


def converted(pixels: NDArray[np.uint8], source: Space, target: Space) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) of `source` as the same colours in `target`."""
    light = source.decoded(pixels / 255.0) @ source.primaries.T @ np.linalg.inv(target.primaries).T
    return np.rint(target.encoded(light) * 255).astype(np.uint8)


def profile(space: bytes, tags: dict[bytes, bytes], connection: bytes = b"XYZ ") -> bytes:
    """A profile of a monitor or printer for samples of `space` (ICC.1:2022 section 7)."""
    head = struct.pack(">I", len(tags))
    place, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        table += name + struct.pack(">II", place + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    size = place + len(data)
    device = b"prtr" if space == b"CMYK" else b"mntr"
    header = struct.pack(">I4xI", size, 0x02400000) + device + space + connection + bytes(12) + b"acsp" + bytes(28)
    return header + xyz(D50)[8:] + bytes(48) + head + table + data


def xyz(values: tuple[float, ...]) -> bytes:
    """A colour as a tag holds it (section 10.31)."""
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))
