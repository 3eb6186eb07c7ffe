"""A film in which every text, date and number of a real header is a unique mark, and the search for such marks."""

import base64
import hashlib
import io
import itertools

import numpy as np
import pydicom
from endpoint import PHANTOM
from phantom import png_chunk, saved
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

UIDS = {
    "SOPInstanceUID": "1.2.826.0.1.3680043.8.498.731.1",
    "SeriesInstanceUID": "1.2.826.0.1.3680043.8.498.731.2",
    "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.731.3",
}
NAMES = (
    *("PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName", "ReferringPhysicianName"),
    *("PerformingPhysicianName", "NameOfPhysiciansReadingStudy", "OperatorsName", "PhysiciansOfRecord"),
    *("RequestingPhysician", "ResponsiblePerson", "ConsultingPhysicianName", "ReviewerName"),
)
TEXTS = (
    *("PatientID", "IssuerOfPatientID", "PatientAddress", "PatientTelephoneNumbers", "EthnicGroup", "Occupation"),
    *("MedicalRecordLocator", "MilitaryRank", "BranchOfService", "CountryOfResidence", "RegionOfResidence"),
    *("PatientReligiousPreference", "MedicalAlerts", "Allergies", "AdditionalPatientHistory", "PatientComments"),
    *("AccessionNumber", "StudyID", "StudyDescription", "SeriesDescription", "ProtocolName", "ImageComments"),
    *("InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName", "Manufacturer"),
    *("ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions", "DetectorID", "PlateID", "CassetteID"),
    *("AdmittingDiagnosesDescription", "DerivationDescription", "RequestedProcedureDescription", "AdmissionID"),
    *("PerformedProcedureStepDescription", "PerformedProcedureStepID", "CurrentPatientLocation", "StudyComments"),
    *("ReasonForTheRequestedProcedure", "DeidentificationMethod", "WindowCenterWidthExplanation"),
    "AcquisitionDeviceProcessingDescription",
)
DATES = ("PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "LastMenstrualDate")
TIMES = ("PatientBirthTime", "StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime")
NUMBERS = ("PatientSize", "PatientWeight", "KVP", "DistanceSourceToDetector", "DistanceSourceToPatient")
OTHER_UIDS = ("FrameOfReferenceUID", "DeviceUID", "InstanceCreatorUID")
# read by the server; each is refused with a mark in it, or passed over
READ_TEXTS = (
    *("Modality", "PresentationIntentType", "BodyPartExamined", "ViewPosition", "PatientOrientation"),
    *("PhotometricInterpretation", "PresentationLUTShape", "VOILUTFunction", "SOPClassUID"),
)
TWO_NUMBERS = ("PixelSpacing", "PixelAspectRatio")
READ_NUMBERS = ("NumberOfFrames", "WindowCenter", "WindowWidth", "RescaleSlope", *TWO_NUMBERS)


class Marks:
    """Hands out marks, and remembers them by the place they were planted in."""

    def __init__(self):
        self.planted = {}
        self._count = itertools.count(1000)  # four digits, so that marks of one form are of one length

    def __call__(self, place, form="Zq{}Wx"):
        mark = form.format(next(self._count))
        self.planted[mark] = place
        return mark


def planted_film(marks):
    """The drawn film, full of marks; still a frontal chest film. Its first pixels are PATTERN."""
    dataset = pydicom.dcmread(io.BytesIO(PHANTOM))
    for keyword in NAMES:
        setattr(dataset, keyword, f"{marks(keyword)}^{marks(keyword)}")
    for keyword in TEXTS:
        setattr(dataset, keyword, marks(keyword))
    for keyword in DATES:
        setattr(dataset, keyword, marks(keyword, "{}0717"))
    for keyword in TIMES:
        setattr(dataset, keyword, marks(keyword, "071733.{}17"))
    for keyword in NUMBERS:
        setattr(dataset, keyword, marks(keyword, "73.1{}37"))
    for keyword in OTHER_UIDS:
        setattr(dataset, keyword, marks(keyword, "1.2.73.{}.7337"))
    dataset.PatientAge, dataset.PatientSex = "087Y", "F"
    for keyword, uid in UIDS.items():
        setattr(dataset, keyword, uid)
    _plant_sequences(dataset, marks)
    block = dataset.private_block(0x0009, marks("a private creator"), create=True)
    block.add_new(0x01, "LO", marks("a private element"))
    block.add_new(0x02, "UN", marks("a private element of unknown form").encode())
    dataset.add_new(Tag(0xFFFC, 0xFFFC), "OB", marks("DataSetTrailingPadding").encode() + b"\0")
    _plant_meta(dataset, marks)
    pixels = dataset.pixel_array.copy()
    pixels[0, : len(PATTERN)] = PATTERN
    dataset.PixelData = pixels.astype("<u2").tobytes()
    return dataset


# twelve bits, as the film has; a row that no picture has by chance
PATTERN = np.random.default_rng(731).integers(256, 4096, 24, dtype=np.uint16)


def pattern_forms():
    """The pixels as a file, a buffer or a picture would hold them."""
    grey = np.clip(255 - np.rint(PATTERN / 4095 * 255), 0, 255).astype(np.uint8)
    return {
        "as stored": PATTERN.astype("<u2").tobytes(),
        "big endian": PATTERN.astype(">u2").tobytes(),
        "its high bits": (PATTERN >> 4).astype(np.uint8).tobytes(),
        "as shown": grey.tobytes(),
        "written out": ", ".join(map(str, PATTERN[:8])).encode(),
        "written tightly": ",".join(map(str, PATTERN[:8])).encode(),
    }


def _plant_sequences(dataset, marks):
    other = Dataset()
    other.PatientID, other.IssuerOfPatientID = marks("OtherPatientIDsSequence"), marks("OtherPatientIDsSequence")
    dataset.OtherPatientIDsSequence = Sequence([other])
    request = Dataset()
    request.ScheduledProcedureStepDescription = marks("RequestAttributesSequence")
    code = Dataset()
    code.CodeValue, code.CodeMeaning = marks("ProcedureCodeSequence"), marks("ProcedureCodeSequence")
    request.RequestedProcedureCodeSequence = Sequence([code])
    dataset.RequestAttributesSequence = Sequence([request])
    region = Dataset()  # read by the server: the code says chest, the meaning is free text
    region.CodeValue, region.CodingSchemeDesignator = "51185008", marks("AnatomicRegionSequence")
    region.CodeMeaning = marks("AnatomicRegionSequence")
    dataset.AnatomicRegionSequence = Sequence([region])


def _plant_meta(dataset, marks):
    meta = dataset.file_meta
    meta.ImplementationVersionName = marks("ImplementationVersionName")
    meta.SourceApplicationEntityTitle = marks("SourceApplicationEntityTitle")
    meta.PrivateInformationCreatorUID = marks("PrivateInformationCreatorUID", "1.2.73.{}.7337")
    meta.PrivateInformation = marks("PrivateInformation").encode()
    meta.MediaStorageSOPInstanceUID = UIDS["SOPInstanceUID"]
    dataset.preamble = marks("the preamble").encode().ljust(128, b"\0")


def broken_films(marks):
    """Name and bytes of films that are refused, each because of a mark in it or in spite of all of them."""
    whole = saved(planted_film(marks))
    for keyword in READ_TEXTS:
        dataset = planted_film(marks)
        form = "1.2.73.{}.7337" if keyword.endswith("UID") else "ZQ{}WX"
        setattr(dataset, keyword, marks(keyword, form))
        yield f"a mark as {keyword}", saved(dataset)
    for keyword in READ_NUMBERS:
        dataset = planted_film(marks)
        number = ["7373.737"] if keyword != "NumberOfFrames" else "73737373"
        setattr(dataset, keyword, number * 2 if keyword in TWO_NUMBERS else number)
        yield f"a mark as {keyword}", _replaced(saved(dataset), "73737373", marks(keyword, "ZQ{}WX"), "7373.737")
    dataset = planted_film(marks)
    dataset.SpecificCharacterSet = "ISO_IR 100"
    yield "a mark as SpecificCharacterSet", _replaced(saved(dataset), "ISO_IR 100", marks("SpecificCharacterSet"))
    for keyword, uid in UIDS.items():  # what is no UID may be a name; it is left out of the answer
        yield f"a mark as {keyword}", _replaced(saved(planted_film(marks)), uid, marks(keyword))
    syntax = planted_film(marks).file_meta.TransferSyntaxUID.encode()
    yield "an unknown syntax", whole.replace(syntax, marks("TransferSyntaxUID", "1.2.73.{}.73373").encode(), 1)
    for other in (
        b"1.2.840.10008.1.2.1.99",
        b"1.2.840.10008.1.2.4.90",
        b"1.2.840.10008.1.2.4.50",
        b"1.2.840.10008.1.2.5",
    ):
        at, length = whole.index(syntax), len(syntax) + len(syntax) % 2
        padded = other + b"\0" * (len(other) % 2)
        head = whole[: at - 2] + len(padded).to_bytes(2, "little")
        yield f"pixels that are not in the syntax {other.decode()}", head + padded + whole[at + length :]
    for end in (140, 200, 400, 700, 1000, 1500, 2500, 4000, len(whole) - 100_000, len(whole) - 100):
        yield f"the first {end} bytes", whole[:end]
    for place in range(300, 3500, 160):
        yield f"damage at {place}", whole[:place] + b"\xff\xff\xff\xff" + whole[place + 4 :]
    yield "no prefix", whole.replace(b"DICM", b"DICX", 1)


def _replaced(film, old, new, *others):
    """The film with one value in place of another of at least its length."""
    places = [value.encode() for value in (old, *others) if value.encode() in film]
    assert places
    for value in places:
        film = film.replace(value, new.encode().ljust(len(value), b"\0"))
    return film


def planted_png(marks):
    """The film as PNG with texts and EXIF."""
    file = io.BytesIO()
    _picture().save(file, "PNG")
    png = file.getvalue()
    texts = png_chunk(b"tEXt", b"Author\0" + marks("tEXt").encode())
    texts += png_chunk(b"iTXt", b"Title\0\0\0\0\0" + marks("iTXt").encode())
    texts += png_chunk(b"eXIf", _exif(marks).tobytes()[6:])
    texts += png_chunk(b"tIME", b"\x07\xe0\x02\x02\x02\x02\x02")
    return png[:33] + texts + png[33:]


def planted_jpeg(marks):
    """The film as JPEG with a comment and EXIF."""
    file = io.BytesIO()
    _picture().save(file, "JPEG", quality=95, exif=_exif(marks), comment=marks("a comment").encode())
    return file.getvalue()


def _picture():
    from fovea.dicom import read_dicom

    return read_dicom(PHANTOM).render()


def _exif(marks):
    exif = Image.Exif()
    for tag in (0x010E, 0x013B, 0x8298, 0x0131, 0x010F):  # description, artist, copyright, software, make
        exif[tag] = marks(f"EXIF {tag:#x}")
    return exif


def forms_of(mark):
    """How a mark may be written; those that keep its letters are searched for in any case."""
    plain = mark.encode()
    digest = hashlib.sha256(plain)
    return [
        *(plain, mark.encode("utf-16-le"), mark.encode("utf-16-be"), plain.hex().encode(), plain[::-1]),
        *(
            digest.hexdigest().encode(),
            hashlib.md5(plain).hexdigest().encode(),
            hashlib.sha1(plain).hexdigest().encode(),
        ),
        *_base64_forms(plain),
        *_base64_forms(digest.digest()),
    ]


def _base64_forms(data):
    """Base64 of the data behind 0, 1 and 2 other bytes: without the letters that those and the end decide."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).rstrip(b"=")
        yield encoded[(before * 8 + 5) // 6 : -1]


def found(marks, haystack):
    """The marks that stand in some bytes, in any form."""
    lowered = haystack.lower()
    return [mark for mark in marks if any(form.lower() in lowered for form in forms_of(mark))]
