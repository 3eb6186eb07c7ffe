"""Photos that are none of the five flowers, and what the page says of them."""

import json

from evidence.near_misses import Options, main
from evidence.results import photos as page


def test_every_photo_is_asked_about_and_the_page_counts_what_is_refused(tmp_path, monkeypatch):
    out = tmp_path / "near.json"
    found = main(Options(out=out))
    assert json.loads(out.read_text()) == found
    rows = {row["photo"]: row for row in found["rows"]}
    assert len(rows) == len(found["rows"]) == 16
    assert rows["frog"]["is refused"]
    assert rows["portrait"]["is refused"]
    assert rows["frog"]["score"] >= 1
    monkeypatch.setattr(page, "stored", lambda _path: found)
    (table,) = page.near_misses()
    refused = sum(row["is refused"] for row in found["rows"] if row["kind"] == "another thing")
    assert f"Of 13 photos of another thing, {refused} are refused." in table.note
