"""ICC profiles made by hand, above all Display P3, in which phones store their photos."""

import struct

import numpy as np
from numpy.typing import NDArray

# Columns of red, green and blue in XYZ under D50 (SMPTE EG 432-1 and IEC 61966-2-1, adapted by Bradford's method)
DISPLAY_P3 = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
D50 = (0.9642, 1.0, 0.8249)


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


def display_p3() -> bytes:
    """Display P3 with the curve of sRGB."""
    columns = {name: xyz(tuple(DISPLAY_P3[:, index])) for index, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    levels = np.rint(decoded(np.arange(1024) / 1023) * 65535).astype(">u2")
    curve = b"curv" + struct.pack(">4xI", len(levels)) + levels.tobytes()
    return profile(b"RGB ", {b"wtpt": xyz(D50), **columns, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


def decoded(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Light of sRGB levels, both in 0..1."""
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `decoded`; light beyond 0..1 is clipped."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def converted(pixels: NDArray[np.uint8], source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) of the primaries `source` as the same colours in `target`."""
    light = decoded(pixels / 255.0) @ source.T @ np.linalg.inv(target).T
    return np.rint(encoded(light) * 255).astype(np.uint8)


def xyz(values: tuple[float, ...]) -> bytes:
    """A colour as a tag holds it (section 10.31)."""
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))
