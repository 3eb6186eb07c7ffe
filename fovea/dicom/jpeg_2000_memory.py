"""What decoding a grey JPEG 2000 image takes: an estimate from its header, on the safe side of openjpeg 2.5."""

from collections.abc import Iterator
from typing import NamedTuple

# Bytes. A pixel is a 32-bit number in the tile and one in the image, and stands in the array that is made of them.
A_PIXEL = 12
A_TILE = 12_000
A_PRECINCT = 10_000
A_CODE_BLOCK, A_PASS = 700, 48
MAX_PASSES = 109  # of a code-block, where each is terminated by itself
A_PACKET = 2


class Grid(NamedTuple):
    """Image and tiles on the reference grid (ISO 15444-1 annex B.2, B.3)."""

    left: int
    top: int
    right: int
    bottom: int
    tile_width: int
    tile_height: int
    tile_left: int
    tile_top: int

    @property
    def is_sound(self) -> bool:
        """B.3: the first tile holds the corner of the image."""
        return all(
            size > 0 and tile <= start < tile + size
            for size, tile, start in (
                (self.tile_width, self.tile_left, self.left),
                (self.tile_height, self.tile_top, self.top),
            )
        )

    @property
    def tiles(self) -> int:
        return -(-(self.right - self.tile_left) // self.tile_width) * -(
            -(self.bottom - self.tile_top) // self.tile_height
        )

    @property
    def largest_tile(self) -> tuple[int, int]:
        """Width and height."""
        return min(self.tile_width, self.right - self.left), min(self.tile_height, self.bottom - self.top)


class CodingStyle(NamedTuple):
    """`block` and `precincts`, the latter by resolution, are widths and heights as powers of two."""

    layers: int
    block: tuple[int, int]
    precincts: tuple[tuple[int, int], ...]
    terminates_passes: bool

    def precincts_of(self, grid: Grid) -> Iterator[int]:
        """How many a tile has at most, by resolution, the smallest first."""
        for left, size in enumerate(reversed(self.precincts)):
            yield _pieces(grid.largest_tile, left, size)

    def code_blocks_of(self, grid: Grid) -> Iterator[int]:
        for left, precinct in enumerate(reversed(self.precincts)):
            is_lowest = left == len(self.precincts) - 1
            # B.7: three bands of half the size, but for the lowest; no code-block is larger than its precinct there
            width, height = (min(b, p - (not is_lowest)) for b, p in zip(self.block, precinct, strict=True))
            halvings = left if is_lowest else left + 1
            yield (1 if is_lowest else 3) * _pieces(grid.largest_tile, halvings, (width, height))


def decoding_bytes(grid: Grid, style: CodingStyle) -> int:
    """At most; structures are kept for one tile at a time."""
    precincts = list(style.precincts_of(grid))
    a_block = A_CODE_BLOCK + A_PASS * MAX_PASSES * style.terminates_passes
    return (
        A_PIXEL * (grid.right - grid.left) * (grid.bottom - grid.top)
        + A_TILE * grid.tiles
        + A_PRECINCT * sum(precincts)
        + a_block * sum(style.code_blocks_of(grid))
        + A_PACKET * (style.layers + 1) * len(precincts) * max(precincts)
    )


def _pieces(size: tuple[int, int], halvings: int, piece: tuple[int, int]) -> int:
    """How many of 2 to the power of `piece` the halved `size` touches; one more each way where it starts within one."""
    across, down = ((side >> halvings + power) + 2 for side, power in zip(size, piece, strict=True))
    return across * down
