"""Laterals and CT slices: read by kind from an archive made by hand."""

import io
import re
import tarfile

import pytest
from PIL import Image

from training.data.archives import DamagedArchiveError
from training.data.not_frontal import load_not_frontal

ROWS = ("file,label,patient_group", "ct/a.png,ct,one", "lateral/b.png,lateral,two", "lateral/c.png,lateral,two")


def archive(path, folder):
    """An archive of pictures, each of one grey, in `folder`."""
    with tarfile.open(path, "w:gz") as made:
        for number, row in enumerate(ROWS):
            name = "metadata.csv" if number == 0 else row.split(",")[0]
            content = io.BytesIO()
            if number == 0:
                content.write("\n".join(ROWS).encode())
            else:
                Image.new("L", (8, 8), 10 * number).save(content, "PNG")
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = content.tell()
            content.seek(0)
            made.addfile(member, content)


def test_pictures_come_by_kind_with_their_patients(tmp_path):
    archive(tmp_path / "not_frontal.tgz", "not_frontal")
    found = load_not_frontal(tmp_path)
    assert {kind: pictures.patients for kind, pictures in found.items()} == {"ct": ("one",), "lateral": ("two", "two")}
    assert [image.getpixel((0, 0)) for pictures in found.values() for image in pictures.images] == [10, 20, 30]
    (tmp_path / "not_frontal.tgz").unlink()
    assert set(load_not_frontal(tmp_path)) == {"ct", "lateral"}  # the folder is used as it is


def test_without_the_archive_its_place_and_form_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"not_frontal\.tgz is missing .* Put an archive there with"):
        load_not_frontal(tmp_path)


def test_another_archive_leaves_nothing_behind(tmp_path):
    archive(tmp_path / "not_frontal.tgz", "frontal")
    with pytest.raises(DamagedArchiveError, match=re.escape("holds no folder not_frontal")):
        load_not_frontal(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["not_frontal.tgz"]
