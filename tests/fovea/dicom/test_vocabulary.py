"""Body parts and views as hospitals spell them: read, read with a warning, or refused for a known other one."""

import numpy as np
import pytest
from films import ABSENT, film, written
from hypothesis import given
from hypothesis import strategies as st
from test_part10 import without_check

from fovea.dicom import read_dicom
from fovea.dicom.vocabulary import CHEST, FRONTAL, OTHER_PARTS, OTHER_VIEWS, words_of
from fovea.errors import UnsupportedDicomError

UNKNOWN_BODY = "The file does not name the body part: (0018,0015) BodyPartExamined is not a word that Fovea knows."
UNKNOWN_VIEW = "The file does not name the view: (0018,5101) ViewPosition is not one that Fovea knows."
DX, SC = (f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("1.1", "7"))


def read(**elements):
    return read_dicom(written(film(SpecificCharacterSet="ISO_IR 100", **elements)))


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize(
    "body",
    [
        *(
            "chest",
            " Chest ",
            "0 TORAX",
            "TORAX_1",
            "2 PECHO",
            "Pecho",
            "TÓRAX",
            "T\xd3RAX PA",
            "RX TORAX",
            "RXTORAX",
            "XR CHEST",
            "THX p.a.",
            "PIT",
            "Pulmó",
        ),
        *(
            "PEITO",
            "PULMÃO",
            "POITRINE",
            "POUMONS",
            "BRUSTKORB",
            "LUNGE",
            "TORACE",
            "POLMONI",
            "PORT CHEST",
            "CHEST^PORT",
        ),
        *("CHESTPA", "CHEST PA", "CHEST PA LAT", "CHEST_AP", "THORAX-PA", "CHEST1VIEW", "CHEST, PORTABLE", "Tórax AP"),
    ],
)
def test_words_for_the_chest_are_read(body):
    assert read(BodyPartExamined=body).warnings == ()


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize("body", ["T?RAX", "TRX", "0", "PH-CH", "MEDIASTINUM", "Schmidt", "T\x81RAX"])
def test_an_unknown_body_part_is_a_warning(body):
    assert read(BodyPartExamined=body).warnings == (UNKNOWN_BODY,)


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize(
    ("body", "named"),
    [
        *(
            (word, word)
            for word in ("KNEE", "HWS", "RODILLA", "GENOLL", "JOELHO", "GENOU", "KNIE", "GINOCCHIO", "HEART")
        ),
        ("Muñeca izq.", "MUNECA"),
        ("RX DE PIE", "PIE"),
        ("COLONNA DORSALE", "DORSALE"),
        ("SCHÄDEL", "SCHADEL"),
        ("FUß", "FUSS"),
        ("knee_2", "KNEE"),
        ("C-SPINE", "CSPINE"),
        ("L SPINE", "LSPINE"),
        ("WHOLE BODY", "WHOLEBODY"),
        ("CHESTABDOMEN", "ABDOMEN"),
        ("CHEST/ABD", "ABD"),
        ("LEFT KNEE AP", "KNEE"),
        (["CHEST", "ABDOMEN"], "ABDOMEN"),
        ("CHESTLAT", "LAT"),
        ("TORAX PERFIL", "PERFIL"),
        ("CHEST LAT", "LAT"),
    ],
)
def test_a_known_other_part_is_refused(body, named):
    with pytest.raises(UnsupportedDicomError, match=rf"BodyPartExamined is {named}\. Fovea reads CHEST"):
        read(BodyPartExamined=body)


@pytest.mark.parametrize("view", ["", "LAT", "UNKNOWN"])
def test_a_study_of_two_views_is_no_view_of_this_film(view):
    with pytest.raises(UnsupportedDicomError, match=r"(BodyPartExamined|ViewPosition) is LAT\."):
        read(BodyPartExamined="CHEST PA LAT", ViewPosition=view)


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize(
    "view",
    [
        *("pa", "AP SUPINE", "AP_ERECT", "POSTEROANTERIOR", "Postero-Anterior", "POSTERO ANTERIOR", "ANTEROPOSTERIOR"),
        *(
            "P.A.",
            "p.a",
            "A/P",
            "A-P",
            "AP PORTABLE",
            "PA VIEW",
            "Póstero-anterior",
            "FRONTAL",
            "AP 1",
            "APSUPINE",
            "CHEST AP",
        ),
        *("ANTÉRO-POSTÉRIEUR", "ANTERO POSTERIORE", "AP DECUBITO SUPINO"),
        # on the back or the front, as films are taken on a bed, in seven languages
        *("AP DECUBITUS DORSAL", "AP décubitus dorsal", "AP_DORSAL_DECUBITUS", "AP SUPINE DECUBITUS"),
        *("AP DECÚBITO SUPINO", "AP decúbito dorsal", "PA DECUBITO PRONO", "PA decúbito ventral", "AP decúbit supí"),
        *("AP decubito dorsale", "AP DECUBITO SUPINO", "PA decubito ventrale", "PA DECUBITUS VENTRAL", "AP RÜCKENLAGE"),
        *("PA BAUCHLAGE", "APDECUBITUSDORSAL", "AP LIEGEND", "AP COUCHÉ"),
        # standing, in words that are a foot elsewhere
        *("FACE", "DE FACE", "ANT-POST", "Dorso-ventral", "PA HEMITHORAX"),
        *("PA DE PIE", "PA EN PIE", "PA IN PIEDI", "PA DEBOUT", "PA DE PEU"),
    ],
)
def test_words_for_a_frontal_view_are_read(view):
    assert read(ViewPosition=view).warnings == ()


@pytest.mark.parametrize("view", ["X", "VIEW 1", "SUPINE", "Miller", "DECUBITUS DORSAL", "DE PIE"])
def test_an_unknown_view_is_a_warning(view):
    assert read(ViewPosition=view).warnings == (UNKNOWN_VIEW,)


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize(
    ("view", "named"),
    [
        *(
            (view, view)
            for view in ("LATERAL", "LL", "LLD", "OBLIQUE", "PERFIL", "PROFIL", "SEITLICH", "OBLICUA", "AXIAL")
        ),
        ("L LAT", "LLAT"),
        ("LEFT LATERAL", "LATERAL"),
        ("LATERO-LATERALE", "LATEROLATERALE"),
        ("PA_LAT", "LAT"),
        ("AP LATERAL DECUBITUS", "DECUBITUS"),
        # on a side, in seven languages
        *(
            (view, "DECUBITUS")
            for view in ("AP DECUBITUS", "LEFT DECUBITUS", "AP DECUBITUS GAUCHE", "AP DÉCUBITUS DROIT")
        ),
        *((view, "DECUBITUS") for view in ("AP DECUBITO IZQUIERDO", "AP decúbito direito", "AP decúbit dret")),
        *((view, "LATERAL") for view in ("AP DECUBITO LATERAL", "AP decúbito lateral", "AP decúbit lateral")),
        ("AP decúbito lateral esquerdo", "DECUBITUS"),
        ("AP DECUBITO LATERALE DESTRO", "DECUBITUS"),
        *((view, view[3:]) for view in ("AP SEITENLAGE", "AP LINKSSEITENLAGE", "AP DLD", "AP DLG")),
        ("KNEE AP", "KNEE"),
        ("SCHRÄG", "SCHRAG"),
    ],
)
def test_a_known_other_view_is_refused(view, named):
    with pytest.raises(UnsupportedDicomError, match=rf"ViewPosition is {named}\. Fovea reads PA and AP"):
        read(ViewPosition=view)


@pytest.mark.parametrize("word", ["TÓRAX", "PULMÃO", "MUÑECA", "CRÂNIO"])
@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_accents_are_read_in_either_character_set(word, charset):
    assert set(words_of(word.encode(charset).decode("latin-1"))) <= CHEST | OTHER_PARTS


def test_a_view_beside_the_body_part_counts():
    assert read(BodyPartExamined="CHEST PA", ViewPosition=ABSENT).warnings == ()


def test_no_word_has_two_meanings():
    kinds = (CHEST, FRONTAL, OTHER_PARTS, OTHER_VIEWS)
    assert sum(map(len, kinds)) == len(frozenset().union(*kinds))
    assert all(words_of(word) == (word,) for kind in kinds for word in kind)


@given(st.text(max_size=600))
def test_any_text_has_words_of_letters(value):
    assert all(word.isalpha() and word.isupper() and word.isascii() for word in words_of(value))


@pytest.mark.parametrize(
    ("elements", "warnings"),
    [
        ({"Modality": "DR"}, ["(0008,0060) Modality is DR. It was read as a digital radiograph (DX)."]),
        ({"Modality": "RG"}, ["(0008,0060) Modality is RG. It was read as a digitized film."]),
        ({"Modality": "RG", "SOPClassUID": SC}, ["(0008,0060) Modality is RG. It was read as a digitized film."]),
        ({"Modality": ABSENT}, ["(0008,0060) Modality is missing. CR was taken from the SOP class."]),
        ({"Modality": "", "SOPClassUID": DX}, ["(0008,0060) Modality is missing. DX was taken from the SOP class."]),
        (
            {"Modality": ABSENT, "SOPClassUID": SC, "ConversionType": "DF"},
            ["(0008,0060) Modality is missing. It was read as a digitized film."],
        ),
    ],
)
def test_other_words_for_a_radiograph_are_read_with_a_warning(elements, warnings):
    assert list(read(**elements).warnings) == warnings


@pytest.mark.parametrize(
    ("elements", "sentence"),
    [
        ({"Modality": ABSENT, "SOPClassUID": SC}, r"Modality is missing\. Fovea reads CR and DX"),
        ({"Modality": "OT", "SOPClassUID": SC, "ConversionType": "DF"}, r"Modality is OT\. Fovea reads CR and DX"),
    ],
)
def test_a_secondary_capture_of_no_modality_is_refused(elements, sentence):
    with pytest.raises(UnsupportedDicomError, match=sentence):
        read(**elements)


def test_a_header_without_class_modality_part_and_view_is_read_with_four_warnings():
    """As a publisher that removes all that could identify leaves it: the class is in the meta information alone."""
    silent = {"SOPClassUID": ABSENT, "Modality": ABSENT, "BodyPartExamined": ABSENT, "ViewPosition": ABSENT}
    said = read_dicom(without_check(film([[0, 50, 100, 255]], **silent)))
    assert np.asarray(said.render()).tolist() == [[0, 50, 100, 255]]
    assert [sentence[:43] for sentence in said.warnings] == [
        "(0008,0016) SOPClassUID is missing. (0002,0",
        "(0008,0060) Modality is missing. CR was tak",
        "The file does not name the body part: (0018",
        "The file does not name the view: (0018,5101",
    ]


@pytest.mark.parametrize("orientation", ["PA", "AP", ["P", "A"], ["A", "P"]])
def test_a_view_in_place_of_the_orientation_does_not_make_a_film_lateral(orientation):
    assert read(PatientOrientation=orientation).warnings == (
        "(0020,0020) PatientOrientation does not name two directions of a frontal film, such as L\\F. "
        "The film was read as stored. (0018,5101) ViewPosition is the place of a view.",
    )


@pytest.mark.parametrize("orientation", ["P", ["P", "F"], ["A", "F"], ["L", "P"], ["PR", "F"]])
def test_a_film_that_runs_to_the_front_or_the_back_is_lateral(orientation):
    with pytest.raises(UnsupportedDicomError, match="so the film is lateral"):
        read(PatientOrientation=orientation)
