"""The folder that the Hugging Face Hub takes: `python -m space.bundle OUT [--push OWNER/NAME]`."""

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "chest_xray" / "evidence.json"
IGNORED = shutil.ignore_patterns("__pycache__", "requirements*.txt", "bundle.py")

README = """---
title: Fovea
emoji: 👁️
colorFrom: green
colorTo: blue
sdk: gradio
sdk_version: {sdk_version}
python_version: "3.11"
app_file: app.py
license: apache-2.0
short_description: Convolutional networks you can see, try and trust
---

# Fovea

Draw a digit and watch LeNet-5 read it, layer by layer. Show a flower or a thing and see where the network looked. Open
any layer of AlexNet. Compare the networks that made the field. Start it with `pip install -r requirements.txt` and
`python app.py`.
"""

APP = '''"""Start the app: on the Hub with no argument, or by hand."""

import os
from pathlib import Path

from space.app import launch

if __name__ == "__main__":
    host = os.environ.get("GRADIO_SERVER_NAME", "0.0.0.0")
    port = int(os.environ.get("GRADIO_SERVER_PORT", "7860"))
    launch(Path(__file__).parent / "models", host=host, port=port)
'''


def make(out: Path) -> None:
    """Fill `out` with everything the app needs. Raises FileExistsError where it already holds something."""
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"The folder {out} is not empty. Name a new or an empty one.")
    out.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "space", out / "space", ignore=IGNORED)
    shutil.copytree(ROOT / "fovea", out / "fovea", ignore=IGNORED)
    shutil.copy(ROOT / "LICENSE", out)
    shutil.copytree(ROOT / "models", out / "models", ignore=shutil.ignore_patterns("README.md"))
    evidence = EVIDENCE.relative_to(ROOT)  # some lessons' figures
    (out / evidence).parent.mkdir(parents=True)
    shutil.copy(EVIDENCE, out / evidence)
    lines = requirements()
    (out / "requirements.txt").write_text("\n".join(lines) + "\n")
    gradio = next(line for line in lines if line.startswith("gradio"))
    (out / "README.md").write_text(README.format(sdk_version=gradio.partition("==")[2]))
    (out / "app.py").write_text(APP)


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
    parser.add_argument("--push", metavar="OWNER/NAME", help="upload the folder (needs `hf auth login` or HF_TOKEN)")
    options = parser.parse_args()
    try:
        make(options.out)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}: start it with `python app.py` in that folder")
    if options.push:
        print(push(options.out, options.push))
    return 0


if __name__ == "__main__":
    sys.exit(main())
