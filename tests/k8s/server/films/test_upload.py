"""One film as it was sent."""

import sys

import pytest

from k8s.server.films import upload as upload_module
from k8s.server.films.upload import Upload
from k8s.server.problems import Problem

FORM = b'--b\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: image/png\r\n\r\nfilm\r\n--b--\r\n'
FORM_TYPE = "multipart/form-data; boundary=b"


def test_a_form_is_parsed_once_and_then_let_go(monkeypatch):
    parsed = []
    file_part = upload_module.file_part
    monkeypatch.setattr(upload_module, "file_part", lambda *form: parsed.append(form[0]) or file_part(*form))
    form = bytes(bytearray(FORM))
    upload = Upload(form, FORM_TYPE)
    assert [upload.film() for _ in range(3)] == [(b"film", "image/png")] * 3
    assert parsed == [FORM]
    parsed.clear()
    assert sys.getrefcount(form) == 2  # the name here, and the argument


def test_a_body_that_is_the_film_is_not_copied():
    body = bytes(1000)
    assert Upload(body, "Image/PNG; q=1").film()[0] is body


def test_a_form_that_is_refused_is_refused_again():
    upload = Upload(FORM[:-8], FORM_TYPE)
    for _ in range(2):
        with pytest.raises(Problem, match="last boundary"):
            upload.film()
