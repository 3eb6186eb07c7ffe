"""What is refused before a pixel is decoded: everything that is not one grey frontal film of a chest."""

from pydicom.dataset import Dataset
from pydicom.uid import UID

from fovea.dicom.orientation import orientation, orientation_note
from fovea.dicom.tags import items, shown, tag_name, text, whole
from fovea.errors import UnsupportedDicomError
from fovea.size import check_size

CR = "1.2.840.10008.5.1.4.1.1.1"
DX_FOR_PRESENTATION = "1.2.840.10008.5.1.4.1.1.1.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"  # many archives hand out films in this class, under modality CR or DX
SOP_CLASSES = {CR: "CR", DX_FOR_PRESENTATION: "DX for presentation", SECONDARY_CAPTURE: "secondary capture"}
MODALITIES = ("CR", "DX")
CHEST_TERMS = ("CHEST", "THORAX", "LUNG", "LUNGS")
FRONTAL_VIEWS = ("PA", "AP")

# PS3.16 CID 4009 and annex L, SNOMED CT and its older SNOMED RT form: thorax, lung.
CHEST_CODES = ("51185008", "T-D3000", "39607008", "T-28000", "816094009")
# PS3.16 CID 4010: antero-posterior, postero-anterior.
FRONTAL_CODES = ("399348003", "R-10206", "272479007", "R-10214")

# A refused value is repeated only if it is one of these: a free text could be a patient's name.
OTHER_MODALITIES = ("CT", "MR", "MG", "US", "NM", "PT", "XA", "RF", "IO", "PX", "OT", "SC", "SEG", "SR", "XC", "ES")
OTHER_BODY_PARTS = (
    *("ABDOMEN", "ANKLE", "ARM", "BREAST", "CLAVICLE", "CSPINE", "ELBOW", "EXTREMITY", "FEMUR", "FINGER", "FOOT"),
    *("HAND", "HEAD", "HIP", "HUMERUS", "JAW", "KNEE", "LEG", "LSPINE", "NECK", "PELVIS", "RIB", "RIBS", "SHOULDER"),
    *("SKULL", "SPINE", "STERNUM", "TSPINE", "WRIST"),
)
OTHER_VIEWS = ("LL", "RL", "LLD", "RLD", "LLO", "RLO", "LATERAL", "LAT", "OBLIQUE")
OTHER_PHOTOMETRIC = ("RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT")


def check_is_frontal_chest_film(dataset: Dataset) -> tuple[str, ...]:
    """Raises UnsupportedDicomError for anything else; sentences on what the file leaves open, or a turn."""
    _check_sop_class(dataset)
    _one_of(dataset, "Modality", MODALITIES, OTHER_MODALITIES)  # PS3.3 C.7.3.1.1.1
    _check_is_one_grey_frame(dataset)
    if "PixelData" not in dataset:  # PS3.3 C.7.6.3.1.4
        raise UnsupportedDicomError(f"{tag_name('PixelData')} is missing: the file holds no pixels.")
    sentences = (_check_body_part(dataset), _check_view(dataset), orientation_note(dataset))
    return tuple(sentence for sentence in sentences if sentence)


def _check_sop_class(dataset: Dataset) -> None:
    uid = text(dataset, "SOPClassUID")
    if uid not in SOP_CLASSES:
        name = UID(uid).name
        found = f"is {name}" if uid and name != uid else "is missing or unknown"
        raise UnsupportedDicomError(
            f"{tag_name('SOPClassUID')} {found}; allowed are {', '.join(SOP_CLASSES.values())} (PS3.4 B.5)."
        )
    # PS3.3 C.8.11.1: "for processing" is raw detector data, not meant to be looked at.
    if text(dataset, "PresentationIntentType") == "FOR PROCESSING":
        raise UnsupportedDicomError(
            f"{tag_name('PresentationIntentType')} is FOR PROCESSING; only FOR PRESENTATION is read."
        )


def _check_is_one_grey_frame(dataset: Dataset) -> None:
    frames = whole(dataset, "NumberOfFrames", range(1, 1_000_000), default=1)  # PS3.3 C.7.6.6
    if frames != 1:
        raise UnsupportedDicomError(f"{tag_name('NumberOfFrames')} is {shown(frames)}; one frame is read.")
    # PS3.3 C.7.6.3.1.2: the two grey ones; which end is white lies between them.
    _one_of(dataset, "PhotometricInterpretation", ("MONOCHROME1", "MONOCHROME2"), OTHER_PHOTOMETRIC)
    samples = whole(dataset, "SamplesPerPixel", range(1, 5))  # PS3.3 C.7.6.3.1.1
    if samples != 1:
        raise UnsupportedDicomError(f"{tag_name('SamplesPerPixel')} is {samples}; grey films have 1.")
    # PS3.3 C.8.11.3: the shape only repeats what the photometric interpretation says.
    shape, photometric = text(dataset, "PresentationLUTShape"), text(dataset, "PhotometricInterpretation")
    expected = {"MONOCHROME1": "INVERSE", "MONOCHROME2": "IDENTITY"}[photometric]
    if shape in ("INVERSE", "IDENTITY") and shape != expected:
        raise UnsupportedDicomError(
            f"{tag_name('PresentationLUTShape')} is {shape} with {photometric}; {expected} goes with it, so it is not "
            "sure which end is white."
        )
    check_size(whole(dataset, "Columns", range(1, 65_536)), whole(dataset, "Rows", range(1, 65_536)))


def _check_body_part(dataset: Dataset) -> str:
    # PS3.3 C.7.3.1, whose terms are those of PS3.16 annex L; old writers join several by ^ or _.
    terms = text(dataset, "BodyPartExamined").replace("^", " ").replace("_", " ").split()
    known = (*OTHER_BODY_PARTS, *OTHER_VIEWS)  # some writers put the view there too: CHEST_LAT
    others = [term for term in terms if term in known]
    if others or (terms and not any(term in CHEST_TERMS for term in terms)):
        _refuse("BodyPartExamined", others or terms, known, CHEST_TERMS)
    codes = [text(item, "CodeValue") for item in items(dataset, "AnatomicRegionSequence")]  # PS3.3 C.8.11.2
    if codes and not any(code in CHEST_CODES for code in codes):
        raise UnsupportedDicomError(f"{tag_name('AnatomicRegionSequence')} does not name the chest.")
    return "" if terms or codes else f"The file does not name the body part: {tag_name('BodyPartExamined')} is empty."


def _check_view(dataset: Dataset) -> str:
    view = text(dataset, "ViewPosition")  # PS3.3 C.8.1.1 for CR, C.8.11.5 for DX
    if view and view not in FRONTAL_VIEWS:
        _refuse("ViewPosition", [view], OTHER_VIEWS, FRONTAL_VIEWS)
    codes = [text(item, "CodeValue") for item in items(dataset, "ViewCodeSequence")]
    if codes and not any(code in FRONTAL_CODES for code in codes):
        raise UnsupportedDicomError(f"{tag_name('ViewCodeSequence')} is not a frontal projection (PS3.16 CID 4010).")
    is_said = view or codes or orientation(dataset)
    return "" if is_said else f"The file does not name the view: {tag_name('ViewPosition')} is empty."


def _one_of(dataset: Dataset, keyword: str, allowed: tuple[str, ...], others: tuple[str, ...]) -> None:
    value = text(dataset, keyword)
    if value not in allowed:
        _refuse(keyword, [value] if value else [], others, allowed)


def _refuse(keyword: str, values: list[str], known: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    found = next((value for value in values if value in known), "another value" if values else "missing")
    raise UnsupportedDicomError(f"{tag_name(keyword)} is {found}; allowed are {', '.join(allowed)}.")
