"""evidence.json: what is stored of a model, and what stays of another model's when one starts again."""

import json
from pathlib import Path
from typing import Any

from fovea import Model

Evidence = dict[str, Any]


def read_evidence(
    path: Path,
    model: Model,
    *,
    start_again: bool,
    on_no_file: tuple[str, ...],
    before: str | None = None,
    on_network: tuple[str, ...] = (),
) -> Evidence:
    """The stored parts on `model`; with `start_again` those parts `on_no_file` that rest on no model file.

    Where they are on the revision `before`, whose network the model has with another score, those `on_network` stay,
    and the settings. Raises FileNotFoundError where the parts are on another file, or on films at another detail,
    without `start_again`.
    """
    evidence: Evidence = json.loads(path.read_text()) if path.is_file() else {"made": {}}
    if start_again:
        evidence = _parts(evidence, on_no_file)
    elif before is not None and evidence.get("revision") == before:
        evidence = _parts(evidence, (*on_no_file, *on_network)) | {"settings": evidence["settings"]}
    about = _other_subject(evidence, model)
    if about is not None:
        raise FileNotFoundError(f"{path} is about {about}. Use --start-again to judge {model.path} in its place.")
    return evidence | {"task": "chest_xray", "revision": model.revision, "detail_px": model.spec.detail_px}


def _parts(evidence: Evidence, names: tuple[str, ...]) -> Evidence:
    kept = {part: evidence[part] for part in names if part in evidence}
    return kept | {"made": {part: evidence["made"][part] for part in kept}}


def _other_subject(evidence: Evidence, model: Model) -> str | None:
    """What the evidence is about where that is not the model. The revision names the weights alone, not the detail."""
    if "revision" not in evidence:
        return None
    if evidence["revision"] != model.revision:
        return f"another model ({evidence['revision'][:16]})"
    if evidence.get("detail_px") != model.spec.detail_px:
        return f"films at detail_px {evidence.get('detail_px')}, and not {model.spec.detail_px}"
    return None
