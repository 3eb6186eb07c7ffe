"""Fuzzes everything that is checked before a film, a photo or a tensor is decoded, with libFuzzer through atheris.

    pip install -r benchmarks/requirements-fuzz.txt
    python -m benchmarks.fuzz_headers [--runs 1000000] [--seconds 0] [--kinds jpeg png ...] [--keep FOLDER]

Each input begins with one of the seeds below, made here, and goes through one check. A check passes or raises its own
errors; another exception, more than five seconds or more than 4 GB is a finding, and the input that made it is
written to FOLDER. Prints executions, seconds and covered places as libFuzzer counts them.
"""

import argparse
import io
import json
import struct
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

# The instrumentation itself grows by a kilobyte an execution.
SECONDS_AN_INPUT, MEGABYTES, MAX_BYTES = 5, 4096, 4096
SHAPE = (2, 3, 1)

Check = Callable[[bytes], object]


def pictures() -> dict[str, list[bytes]]:
    """Small ones of each format, by the name of their check."""
    import numpy as np
    from PIL import Image

    grey = Image.fromarray(np.arange(24 * 40, dtype=np.uint8).reshape(24, 40))
    colour = Image.merge("RGBA", [grey] * 4)
    exif = Image.Exif()
    exif[0x0112] = 6

    def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
        stream = io.BytesIO()
        image.save(stream, kind, **options)
        return stream.getvalue()

    rgb = colour.convert("RGB")
    return {
        "jpeg": [encoded(rgb, "JPEG", exif=exif, progressive=True), encoded(rgb, "JPEG", restart_marker_blocks=2)],
        "png": [encoded(colour, "PNG", exif=exif), encoded(grey.convert("P"), "PNG", transparency=3)],
        "webp": [encoded(colour, "WEBP", exif=exif), encoded(colour, "WEBP", lossless=True)],
        "tiff": [encoded(rgb, "TIFF", compression=name) for name in ("raw", "tiff_lzw", "jpeg")],
        "jpeg_film": [encoded(grey, "JPEG"), encoded(grey, "JPEG", restart_marker_rows=1)],
        "jpeg_2000": [
            encoded(grey, "JPEG2000", no_jp2=True),
            encoded(grey, "JPEG2000", no_jp2=True, tile_size=(16, 16)),
        ],
        "orientation": [exif.tobytes()],
        "gif": [encoded(grey, "GIF"), encoded(grey.convert("P"), "GIF", transparency=3, comment=b"a")],
        "bmp": [encoded(rgb, "BMP"), encoded(grey, "BMP")],
        "heif": [encoded(rgb, "AVIF", exif=exif), encoded(colour, "AVIF")],
    }


def requests() -> list[bytes]:
    """Inference requests in JSON."""
    tensor = {"name": "pixels", "datatype": "UINT8", "shape": [1, *SHAPE]}
    flat = json.dumps({"inputs": [tensor | {"data": [0, 1, 2, 3, 4, 255]}], "outputs": [{"name": "probabilities"}]})
    nested = json.dumps({"id": "a", "inputs": [tensor | {"data": [[[[0], [1], [2]], [[3], [4], [5]]]]}]})
    return [flat.encode(), nested.encode()]


def checks() -> dict[str, Check]:
    """By name; imported under instrumentation. One that has read its input gives what it has read."""
    import atheris

    with atheris.instrument_imports(include=["fovea", "k8s"]):
        from fovea import bmp_header, gif_blocks, png_chunks, webp_chunks
        from fovea.dicom.jpeg_2000 import jpeg_2000_header
        from fovea.dicom.jpeg_markers import frame_header
        from fovea.exif import orientation
        from fovea.heif import picture_alone
        from fovea.jpeg_segments import without_descriptions
        from fovea.tiff_directory import first_directory_alone
        from k8s.server.oip.protocol import parse_request
    return {
        "jpeg": without_descriptions,
        "png": png_chunks.pixels_alone,
        "webp": webp_chunks.pixels_alone,
        "tiff": first_directory_alone,
        "gif": gif_blocks.picture_alone,
        "bmp": bmp_header.check_header,
        "heif": picture_alone,
        "jpeg_film": frame_header,
        "jpeg_2000": jpeg_2000_header,
        "orientation": lambda data: orientation({"exif": data}),
        "request": lambda data: parse_request(data, None, SHAPE, ("probabilities",), 4, 65_536),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1_000_000, help="executions; 0 for no end")
    parser.add_argument("--seconds", type=int, default=0, help="to stop after; 0 for no end")
    parser.add_argument("--kinds", nargs="+", help="checks to fuzz; all of them by default")
    parser.add_argument("--keep", type=Path, default=Path("fuzz"), help="folder for inputs that are findings")
    options = parser.parse_args()
    try:
        import atheris
    except ModuleNotFoundError:
        sys.exit("atheris is missing. Install it with: pip install -r benchmarks/requirements-fuzz.txt")
    by_name, seeds = checks(), pictures() | {"request": requests()}
    from fovea import FoveaError  # not before they are instrumented
    from k8s.server.problems import Problem

    kinds = options.kinds or list(by_name)
    if unknown := sorted(set(kinds) - set(by_name)):
        sys.exit(f"Unknown kind {unknown[0]}. Choose from: {', '.join(by_name)}.")

    def one_input(data: bytes) -> None:
        """The first byte picks the check, so that one corpus serves all of them."""
        if data:
            try:
                by_name[kinds[data[0] % len(kinds)]](data[1:])
            except (FoveaError, Problem):
                return

    options.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        for number, kind in enumerate(kinds):
            for index, seed in enumerate(seeds[kind]):
                Path(corpus, f"{kind}-{index}").write_bytes(struct.pack("B", number) + seed)
        limits = [f"-timeout={SECONDS_AN_INPUT}", f"-rss_limit_mb={MEGABYTES}", f"-max_len={MAX_BYTES}"]
        ends = [f"-atheris_runs={options.runs}" if options.runs else "", f"-max_total_time={options.seconds}"]
        places = [f"-artifact_prefix={options.keep}/", corpus]
        atheris.Setup([sys.argv[0], *limits, *filter(None, ends), "-print_final_stats=1", *places], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
