"""What is refused for what it shows: everything that is not a frontal radiograph of a chest."""

from pydicom.uid import UID

from fovea.dicom.orientation import Orientation
from fovea.dicom.subject import Subject
from fovea.dicom.tags import refuse, tag_name
from fovea.errors import UnsupportedDicomError
from fovea.listing import all_of

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


def check_is_radiograph(subject: Subject) -> None:
    """Raises UnsupportedDicomError for another kind of object or modality."""
    check_sop_class(subject)
    # PS3.3 C.8.11.1: "for processing" is raw detector data, not meant to be looked at.
    if subject.intent == "FOR PROCESSING":
        raise UnsupportedDicomError(
            f"{tag_name('PresentationIntentType')} is FOR PROCESSING. Fovea reads FOR PRESENTATION."
        )
    if subject.modality not in MODALITIES:  # PS3.3 C.7.3.1.1.1
        refuse("Modality", [subject.modality], OTHER_MODALITIES, MODALITIES)


def check_is_chest(subject: Subject) -> None:
    """Raises UnsupportedDicomError for another body part, or another view than a frontal one."""
    terms = subject.body_parts  # PS3.3 C.7.3.1
    known = (*OTHER_BODY_PARTS, *OTHER_VIEWS)  # some writers put the view there too: CHEST_LAT
    others = [term for term in terms if term in known]
    if others or (terms and not any(term in CHEST_TERMS for term in terms)):
        refuse("BodyPartExamined", others or terms, known, CHEST_TERMS)
    if subject.region_codes and not any(code in CHEST_CODES for code in subject.region_codes):
        raise UnsupportedDicomError(f"{tag_name('AnatomicRegionSequence')} does not name the chest.")
    if subject.view and subject.view not in FRONTAL_VIEWS:
        refuse("ViewPosition", [subject.view], OTHER_VIEWS, FRONTAL_VIEWS)
    if subject.view_codes and not any(code in FRONTAL_CODES for code in subject.view_codes):
        raise UnsupportedDicomError(f"{tag_name('ViewCodeSequence')} is not a frontal projection (PS3.16 CID 4010).")


def left_open(subject: Subject, orientation: Orientation) -> list[str]:
    """Sentences on what the file does not say of a film; two directions of a frontal film stand for its view."""
    sentences = []
    if not (subject.body_parts or subject.region_codes):
        sentences.append(f"The file does not name the body part: {tag_name('BodyPartExamined')} is empty.")
    if not (subject.view or subject.view_codes or orientation.letters):
        sentences.append(f"The file does not name the view: {tag_name('ViewPosition')} is empty.")
    return sentences


def check_sop_class(subject: Subject) -> None:
    """Raises UnsupportedDicomError for another kind of object than CR, DX and secondary captures."""
    uid = subject.sop_class_uid
    if uid not in SOP_CLASSES:
        name = UID(uid).name
        found = f"is {name}" if uid and name != uid else "is missing or unknown"
        raise UnsupportedDicomError(
            f"{tag_name('SOPClassUID')} {found}. Fovea reads {all_of(SOP_CLASSES.values())} (PS3.4 B.5)."
        )
