"""The folder that the Hugging Face Hub takes: `python -m space.bundle OUT [--models NAME...] [--push OWNER/NAME]`."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fovea import FoveaError, ModelFileError, ModelSpec, read_header
from fovea.hub import LICENCE_FILE, front_matter, licence_fields, licence_page
from fovea.listing import all_of, either

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "chest_xray" / "evidence.json"
IGNORED = shutil.ignore_patterns("__pycache__", "requirements*.txt", "bundle.py")

PICTURE = ROOT / "docs" / "features.png"

README = """{front}

{text}

Start it with `pip install -r requirements.txt` and `python app.py`.

The code is Apache-2.0. [Licences of the weights](LICENSE.md) has the terms of each model.
"""
SUMMARY_CHARS = 60  # the Hub takes no more


@dataclass(frozen=True)
class Page:
    """What the Hub shows of a Space; `text` is Markdown. A `picture` is shown where its address is shared."""

    title: str
    summary: str
    text: str
    tags: tuple[str, ...] = ()
    picture: Path | None = None


WHOLE_APP = Page(
    "Fovea",
    "Convolutional networks you can see, try and trust",
    "# Fovea\n\nDraw a digit and watch LeNet-5 read it, layer by layer. Show a flower or a thing and see where the "
    "network looked. Open any layer of AlexNet. Compare the networks that made the field.",
    ("feature-maps", "grad-cam", "chest-x-ray", "education", "mcp-server"),
    PICTURE,
)

APP = '''"""Start the app: on the Hub with no argument, or by hand."""

import os
from pathlib import Path

from space.app import launch

if __name__ == "__main__":
    host = os.environ.get("GRADIO_SERVER_NAME", "0.0.0.0")
    port = int(os.environ.get("GRADIO_SERVER_PORT", "7860"))
    launch(Path(__file__).parent / "models", host=host, port=port)
'''


def make(out: Path, names: Sequence[str] = (), models_dir: Path = ROOT / "models", space: str = "") -> None:
    """Fill `out` with everything the app needs, and the models `names` of a folder, or all of them.

    `space` is OWNER/NAME where it is known: the Hub takes a picture by its full address alone.

    Raises FileExistsError where `out` already holds something, ModelFileError where a model is missing.
    """
    there = sorted(path.stem for path in models_dir.glob("*.onnx"))
    missing = [name for name in names if name not in there]
    if missing:
        advice = f"Choose {either(there)}." if there else "Export one first."
        raise ModelFileError(f"{models_dir} has no {all_of(missing)}. {advice}")
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"The folder {out} is not empty. Name a new or an empty one.")
    out.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "space", out / "space", ignore=IGNORED)
    shutil.copytree(ROOT / "fovea", out / "fovea", ignore=IGNORED)
    shutil.copy(ROOT / "LICENSE", out)
    evidence = EVIDENCE.relative_to(ROOT)  # some lessons' figures
    (out / evidence).parent.mkdir(parents=True)
    shutil.copy(EVIDENCE, out / evidence)
    (out / "models").mkdir()
    for name in names or there:
        for path in (models_dir / f"{name}.onnx", models_dir / f"{name}.md"):
            if path.is_file():
                shutil.copy(path, out / "models")
    (out / "requirements.txt").write_text("\n".join(requirements()) + "\n")
    specs = {name: read_header(models_dir / f"{name}.onnx").spec for name in names or there}
    (out / LICENCE_FILE).write_text(licence_page(specs), encoding="utf-8")
    page = page_of(specs) if names else WHOLE_APP
    fields = front_fields(page, specs)
    if page.picture and space:
        shutil.copy(page.picture, out)
        fields["thumbnail"] = f"https://huggingface.co/spaces/{space}/resolve/main/{page.picture.name}"
    (out / "README.md").write_text(README.format(front=front_matter(fields), text=page.text), encoding="utf-8")
    (out / "app.py").write_text(APP)


def front_fields(page: Page, specs: dict[str, ModelSpec]) -> dict[str, Any]:
    """By https://huggingface.co/docs/hub/spaces-config-reference."""
    gradio = next(line for line in requirements() if line.startswith("gradio"))
    return {
        "title": page.title,
        "emoji": "👁️",
        "colorFrom": "green",
        "colorTo": "blue",
        "sdk": "gradio",
        "sdk_version": gradio.partition("==")[2],
        "python_version": "3.11",
        "app_file": "app.py",
        **_licence(specs),
        "short_description": page.summary,
        "tags": ["fovea", "image-classification", "onnxruntime", *page.tags],
        "pinned": False,
    }


def _licence(specs: dict[str, ModelSpec]) -> dict[str, str]:
    """That of the weights with the strictest terms, or that of the code where all weights are open."""
    given = [licence_fields(spec.licence) for spec in specs.values()]
    for strict in ("other", "unknown"):
        found = next((fields for fields in given if fields["license"] == strict), None)
        if found:
            return {**found, "license_link": LICENCE_FILE} if strict == "other" else found
    return {"license": "apache-2.0"}


def page_of(specs: dict[str, ModelSpec]) -> Page:
    """Of a Space with these models alone, from what the files say of themselves."""
    names = list(specs)
    known = [label for spec in specs.values() for label in spec.classes]
    summary = f"Tells {all_of(known)} apart" if known else f"Shows {all_of(names)}"
    if len(summary) > SUMMARY_CHARS:
        summary = f"Tells {len(known)} classes apart"
    lines = [
        f"- **{name}**: {spec.title}. {'It knows ' + all_of(spec.classes) + '.' if spec.classes else ''}".rstrip()
        for name, spec in specs.items()
    ]
    text = "\n".join([f"# {all_of(names)}", "", "Show a photo and see what the network makes of it.", "", *lines])
    return Page(all_of(names), summary, text)


def requirements() -> list[str]:
    """The app's pinned packages with onnxruntime's CPU build, one a line, without references to other files."""
    files = (ROOT / "space" / "requirements.txt", ROOT / "space" / "requirements-cpu.txt")
    lines = [line.strip() for file in files for line in file.read_text().splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "-r"))]


def push(out: Path, name: str) -> str:
    """Upload the folder to the Space `name` (OWNER/NAME), made where it is missing; its address."""
    from huggingface_hub import HfApi

    api = HfApi()
    address = api.create_repo(name, repo_type="space", space_sdk="gradio", exist_ok=True)
    api.upload_folder(repo_id=name, repo_type="space", folder_path=out, commit_message="Update the app")
    return str(address)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m space.bundle", description="Make the folder of a Hugging Face Space."
    )
    parser.add_argument("out", type=Path, help="a new or empty folder")
    parser.add_argument("--models", nargs="+", default=[], metavar="NAME", help="only these models (default: all)")
    parser.add_argument(
        "--models-dir", type=Path, default=ROOT / "models", metavar="DIR", help="where they are (default: models)"
    )
    parser.add_argument("--push", metavar="OWNER/NAME", help="upload the folder (needs `hf auth login` or HF_TOKEN)")
    options = parser.parse_args()
    try:
        make(options.out, options.models, options.models_dir, options.push or "")
    except (FoveaError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}: start it with `python app.py` in that folder")
    if options.push:
        print(push(options.out, options.push))
    return 0


if __name__ == "__main__":
    sys.exit(main())
