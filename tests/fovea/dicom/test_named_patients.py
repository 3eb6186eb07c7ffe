"""A file that names a patient says so to whoever may hand it on, and never repeats the name."""

import pytest
from films import film, written
from pydicom.uid import ImplicitVRLittleEndian

from fovea.dicom import read_dicom

BURNED = (
    "Letters in the picture may name a patient, since (0028,0301) BurnedInAnnotation is YES. "
    "Look at it before you share the file."
)
NAMED = "This file names a patient in {}. Remove that before you share the file."
NAME = NAMED.format("(0010,0010) PatientName")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")


def read(syntax=None, **elements):
    dataset = film(SpecificCharacterSet="ISO_IR 192", **elements)
    return read_dicom(written(dataset) if syntax is None else written(dataset, syntax))


@pytest.mark.parametrize(
    ("elements", "note"),
    [
        ({"PatientName": "Schmidt^Erika"}, NAME),
        ({"PatientName": "王^小明"}, NAME),
        ({"PatientName": "Testa^Anna"}, NAME),
        ({"PatientName": "Case^Thomas"}, NAME),
        ({"PatientID": "12345678"}, NAMED.format("(0010,0020) PatientID")),
        ({"PatientID": "9RG1"}, NAMED.format("(0010,0020) PatientID")),
        ({"PatientBirthDate": "19400305"}, NAMED.format("(0010,0030) PatientBirthDate")),
        ({"PatientBirthDate": "1940.03.05"}, NAMED.format("(0010,0030) PatientBirthDate")),
        ({"OtherPatientIDs": ["26210", "ANON"]}, NAMED.format("(0010,1000) OtherPatientIDs")),
        ({"OtherPatientNames": "Meyer"}, NAMED.format("(0010,1001) OtherPatientNames")),
        ({"PatientMotherBirthName": "Huber"}, NAMED.format("(0010,1060) PatientMotherBirthName")),
        ({"PatientAddress": "Long Street 1"}, NAMED.format("(0010,1040) PatientAddress")),
        ({"PatientTelephoneNumbers": "555 1234"}, NAMED.format("(0010,2154) PatientTelephoneNumbers")),
        (
            {"PatientName": "A^B", "PatientID": "12", "PatientBirthDate": "20010203", "PatientIdentityRemoved": "NO"},
            NAMED.format("(0010,0010) PatientName, (0010,0020) PatientID and (0010,0030) PatientBirthDate"),
        ),
        ({"BurnedInAnnotation": "YES"}, BURNED),
        ({"PatientName": "Anonymous", "BurnedInAnnotation": "yes"}, BURNED),
        ({"PatientName": "Schmidt", "BurnedInAnnotation": "YES"}, f"{NAME} {BURNED}"),
    ],
)
def test_a_file_that_names_a_patient_says_where(elements, note):
    found = read(**elements)
    assert found.privacy == note
    assert found.warnings == ()  # a hospital's own films always name a patient


def test_it_is_said_in_implicit_vr_too():
    assert read(ImplicitVRLittleEndian, PatientName="Schmidt^Erika").privacy == NAME


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"PatientName": "", "PatientID": "", "PatientBirthDate": ""},
        {"PatientName": "Schmidt^Erika", "PatientID": "123", "PatientIdentityRemoved": "YES"},
        {"PatientName": "Schmidt^Erika", "BurnedInAnnotation": "YES", "PatientIdentityRemoved": "yes"},
        {"BurnedInAnnotation": "NO"},
        *(
            {"PatientName": name}
            for name in (
                *("Anonymous", "ANONYMIZED", "anonymised", "Anon^Patient", "Anonymous 123", "ANON0042", "anonymous^^^"),
                *("Anonyme", "Anónimo", "ANONIMIZADO", "Anonym", "Unbekannt", "INCONNU", "Desconocido", "Sconosciuto"),
                *(
                    "De-identified",
                    "DEIDENTIFIED",
                    "de identified",
                    "Unknown",
                    "N/A",
                    "none",
                    "NULL",
                    "No^Name",
                    "NoName",
                ),
                *("^", "^^^^", "*", "-", "...", "XXXX", "X^X", "000000", "John^Doe", "Doe^Jane", "Mustermann^Max"),
                *(
                    "Patient 7",
                    "PATIENT_001",
                    "Paciente 3",
                    "Patient^Test",
                    "TESTPATIENT",
                    "Covid0000",
                    "PHANTOM",
                    "REMOVED",
                ),
                *("0004cfab-14fd-4e49-80ba-63a80b6bddd6", "9e107d9d372bb6826bd81d3542a419d6", "2.25.123.4.5.6"),
            )
        ),
        *({"PatientID": number} for number in ("0", "00000000", "9999", "ANON-17", "anonymous", "ID0001", "case_12")),
        *(
            {"PatientBirthDate": date}
            for date in ("19000101", "18000101", "00010101", "19010101", "19700101", "00000000")
        ),
    ],
)
def test_a_file_without_an_identity_says_nothing(elements):
    assert read(**elements).privacy == ""


def test_an_identity_too_long_for_its_element_does_no_harm():
    assert read(PatientAddress="Long Street " * 800).privacy == NAMED.format("(0010,1040) PatientAddress")


def test_no_value_is_kept():
    found = read(PatientName="Qwertz^Erika", PatientID="Q-4711", PatientAddress="Qwertz Street")
    assert "Qwertz" not in repr(found)
    assert "4711" not in repr(found)
