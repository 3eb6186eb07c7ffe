"""What is no frontal chest film is refused with the tag and the reason; what names a patient does not come out."""

import numpy as np
import pytest
from films import ABSENT, film, written
from pydicom.dataset import Dataset

from fovea import decode
from fovea.dicom import Instance, read_dicom
from fovea.errors import ImageTooLargeError, UnreadableImageError, UnsupportedDicomError, UnsupportedFormatError


def code(value):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", "Doe^John"
    return [item]


NO_BODY = {"BodyPartExamined": ABSENT}
NO_VIEW = {"ViewPosition": ABSENT}
CT, DX, RAW_DX, SC = (f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("2", "1.1", "1.1.1", "7"))


@pytest.mark.parametrize(
    ("elements", "sentence"),
    [
        ({"SOPClassUID": CT}, r"\(0008,0016\) SOPClassUID is CT Image Storage. Fovea reads CR, DX for presentation"),
        ({"SOPClassUID": RAW_DX}, r"Digital X-Ray Image Storage - For Processing"),
        ({"SOPClassUID": "1.2.3.4"}, "SOPClassUID is missing or unknown"),
        ({"PresentationIntentType": "FOR PROCESSING"}, r"\(0008,0068\) PresentationIntentType is FOR PROCESSING"),
        ({"Modality": "MG"}, r"\(0008,0060\) Modality is MG. Fovea reads CR and DX"),
        ({"Modality": ABSENT, "SOPClassUID": SC}, "Modality is missing. Fovea reads CR and DX"),
        ({"NumberOfFrames": 2}, r"\(0028,0008\) NumberOfFrames is 2. Send a single frame"),
        ({"NumberOfFrames": 530412}, r"\(0028,0008\) NumberOfFrames is another number. Send a single frame"),
        (
            {"PixelData": bytes(range(8))},
            r"\(7fe0,0010\) PixelData holds 8 bytes. 2 x 2 pixels of 8 bits need 4. Send",
        ),
        ({"PhotometricInterpretation": "RGB"}, r"\(0028,0004\) PhotometricInterpretation is RGB. Fovea reads MONOCHR"),
        ({"SamplesPerPixel": 3}, r"\(0028,0002\) SamplesPerPixel is 3. Fovea reads grey films"),
        ({"ViewPosition": "LL"}, r"\(0018,5101\) ViewPosition is LL. Fovea reads PA and AP"),
        (NO_VIEW | {"ViewCodeSequence": code("399067008")}, r"\(0054,0220\) ViewCodeSequence is not a frontal"),
        ({"PatientOrientation": ["A", "F"]}, r"\(0020,0020\) PatientOrientation names .* so the film is lateral"),
        ({"BodyPartExamined": "KNEE"}, r"\(0018,0015\) BodyPartExamined is KNEE. Fovea reads CHEST, THORAX"),
        (NO_VIEW | {"BodyPartExamined": "CHEST_LAT"}, r"\(0018,0015\) BodyPartExamined is LAT. Fovea reads CHEST"),
        ({"BodyPartExamined": "ABDOMEN CHEST"}, r"\(0018,0015\) BodyPartExamined is ABDOMEN. Fovea reads CHEST"),
        ({"AnatomicRegionSequence": code("72696002")}, r"\(0008,2218\) AnatomicRegionSequence does not name"),
        (NO_BODY | {"AnatomicRegionSequence": code("72696002")}, r"\(0008,2218\) AnatomicRegionSequence does not name"),
        ({"Rows": ABSENT}, r"\(0028,0010\) Rows is missing. It must be a whole number from 1 to 65,535"),
    ],
)
def test_other_images_are_refused_by_tag(elements, sentence):
    with pytest.raises(UnsupportedDicomError, match=sentence):
        read_dicom(written(film(**elements)))


def test_a_film_without_pixels_is_truncated_or_no_image():
    with pytest.raises(
        UnreadableImageError, match=r"\(7fe0,0010\) PixelData is missing: the file holds no pixels, or is"
    ):
        read_dicom(written(film(PixelData=ABSENT)))
    with pytest.raises(UnsupportedDicomError, match="SOPClassUID is CT Image Storage"):
        read_dicom(written(film(SOPClassUID=CT, PixelData=ABSENT)))


def test_64_megapixels_are_counted_before_anything_is_decoded():
    with pytest.raises(ImageTooLargeError, match=r"60,000 x 1,100 pixels \(66 megapixels\)"):
        read_dicom(written(film(Rows=1100, Columns=60_000)))


@pytest.mark.parametrize(
    ("elements", "warnings"),
    [
        ({}, ()),
        ({"SOPClassUID": DX, "Modality": "DX", "PresentationIntentType": "FOR PRESENTATION"}, ()),
        ({"SOPClassUID": SC, "Modality": "DX"}, ()),
        ({"BodyPartExamined": "PORT CHEST"}, ()),
        (NO_BODY | {"AnatomicRegionSequence": code("51185008")}, ()),
        (NO_VIEW | {"ViewCodeSequence": code("399348003")}, ()),
        (NO_VIEW | {"PatientOrientation": ["L", "F"]}, ()),
        (
            {"PatientOrientation": ["R", "F"]},
            (
                "(0020,0020) PatientOrientation is R\\F. The film was mirrored to L\\F before it was read. "
                "Heatmaps lie on the mirrored film, not on the stored one.",
            ),
        ),
        (NO_BODY, ("The file does not name the body part: (0018,0015) BodyPartExamined is empty.",)),
        (NO_VIEW, ("The file does not name the view: (0018,5101) ViewPosition is empty.",)),
    ],
)
def test_chest_films_are_read_and_say_what_their_file_leaves_open(elements, warnings):
    assert read_dicom(written(film(**elements))).warnings == warnings


TEXT_TAGS = (
    *("PatientName", "PatientID", "PatientBirthDate", "InstitutionName", "ReferringPhysicianName", "StudyDescription"),
    *("AccessionNumber", "OperatorsName", "ImageComments", "PatientComments", "ProtocolName"),
)
READ_TEXT_TAGS = (
    *("Modality", "BodyPartExamined", "ViewPosition", "PhotometricInterpretation", "PresentationIntentType"),
    *("PatientOrientation", "VOILUTFunction", "WindowCenterWidthExplanation", "PresentationLUTShape"),
)
UIDS = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID")


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize("keyword", TEXT_TAGS + READ_TEXT_TAGS + UIDS)
def test_a_patients_name_in_any_element_does_not_come_out(keyword, caplog, capfd):
    name = "19570229" if "Date" in keyword else "MUSTERMANN^ERIKA"
    data = written(film(**{"WindowCenter": 128, "WindowWidth": 256, keyword: name}))
    assert name.encode() in data
    try:
        said = repr(read_dicom(data))
    except (UnsupportedDicomError, UnsupportedFormatError) as error:
        chain = [error, error.__cause__, error.__context__]
        said = "".join(map(repr, chain))
    assert "MUSTERMANN" not in said
    assert "19570229" not in said
    assert "MUSTERMANN" not in caplog.text + "".join(capfd.readouterr())


def test_a_film_is_decoded_for_a_grey_model_and_refused_for_a_colour_one():
    data = written(film([[0, 50, 100, 255]]))
    assert np.asarray(decode(data, channels=1)).tolist() == [[0, 50, 100, 255]]
    with pytest.raises(UnsupportedFormatError, match="a DICOM file, and this model reads colour photos"):
        decode(data, channels=3)


@pytest.mark.parametrize(
    "uid",
    [
        *("19530412", "1953.04.12", "1953.4.12.1", "12.4.1953", "12.04.53", "2.04.1953.1", "2.12.1953", "2.25.1953"),
        *("1..2.3", "1.2.3.", "1.2.3.x", "1.2.3." + "4" * 59, "\u0661.2.3.4"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_a_date_in_place_of_an_identifier_does_not_come_out(uid):
    assert Instance.of(film(SOPInstanceUID=uid)).sop_instance_uid == ""


@pytest.mark.parametrize(
    "uid", ["1.2.840.1", "0.0.0.0", "2.25.329800735698586629295641978511506172918", "1.2.3." + "4" * 58]
)
def test_an_identifier_comes_out_as_it_is(uid):
    assert read_dicom(written(film(SOPInstanceUID=uid))).instance.sop_instance_uid == uid


@pytest.mark.parametrize("vr", ["IS", "UL", "FD"])
def test_a_birth_date_in_place_of_a_number_does_not_come_out(vr):
    dataset = film(Rows=ABSENT)
    dataset.add_new(0x00280010, vr, 19530412)
    with pytest.raises(UnsupportedDicomError, match=r"\(0028,0010\) Rows is another number. It must be a whole"):
        read_dicom(written(dataset))
    read = read_dicom(written(film(WindowCenter=1, WindowWidth=-19530412)))
    assert read.warnings[0].startswith("(0028,1051) WindowWidth is another number. LINEAR needs at least 1.")


def test_some_padding_behind_the_pixels_is_let_pass():
    assert read_dicom(written(film(PixelData=bytes((0, 50, 100, 255, 0, 0))))).values.tolist() == [[0, 50], [100, 255]]


def test_two_frames_of_an_odd_number_of_bytes_are_not_taken_for_one():
    nine = [[0, 1, 2], [3, 4, 5], [6, 7, 255]]
    with pytest.raises(UnsupportedDicomError, match=r"holds 18 bytes. 3 x 3 pixels of 8 bits need 9. Send"):
        read_dicom(written(film(nine, PixelData=bytes(range(18)))))
    assert read_dicom(written(film(nine, PixelData=bytes(range(10))))).values[2].tolist() == [6, 7, 8]
