"""What is refused for what it shows: everything that is not a frontal radiograph of a chest."""

from pydicom.uid import UID

from fovea.dicom.orientation import Orientation
from fovea.dicom.subject import Subject
from fovea.dicom.tags import refuse, tag_name
from fovea.dicom.vocabulary import CHEST, FRONTAL, OTHER_PARTS, OTHER_VIEWS
from fovea.errors import UnsupportedDicomError
from fovea.listing import all_of

CR = "1.2.840.10008.5.1.4.1.1.1"
DX_FOR_PRESENTATION = "1.2.840.10008.5.1.4.1.1.1.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"  # many archives hand out films in this class, under modality CR or DX
SOP_CLASSES = {CR: "CR", DX_FOR_PRESENTATION: "DX for presentation", SECONDARY_CAPTURE: "secondary capture"}
MODALITIES = ("CR", "DX")
OF_THE_CLASS = {CR: "CR", DX_FOR_PRESENTATION: "DX"}  # a class of one modality stands for it (PS3.3 A.2, A.26)
DIGITIZED_FILM = "DF"  # a conversion type (PS3.3 C.8.6.1)
# Other words for a radiograph, and what is said of them.
OTHER_WORDS = {
    "DR": "It was read as a digital radiograph (DX).",
    "RG": "It was read as a digitized film.",
}
CHEST_TERMS = ("CHEST", "THORAX", "LUNG", "LUNGS")
FRONTAL_VIEWS = ("PA", "AP")

# PS3.16 CID 4009 and annex L, SNOMED CT and its older SNOMED RT form: thorax, lung.
CHEST_CODES = ("51185008", "T-D3000", "39607008", "T-28000", "816094009")
# PS3.16 CID 4010: antero-posterior, postero-anterior.
FRONTAL_CODES = ("399348003", "R-10206", "272479007", "R-10214")

# A refused value is repeated only if it is one of these: a free text could be a patient's name.
OTHER_MODALITIES = ("CT", "MR", "MG", "US", "NM", "PT", "XA", "RF", "IO", "PX", "OT", "SC", "SEG", "SR", "XC", "ES")


def check_is_radiograph(subject: Subject) -> None:
    """Raises UnsupportedDicomError for another kind of object or modality."""
    check_sop_class(subject)
    # PS3.3 C.8.11.1: "for processing" is raw detector data, not meant to be looked at.
    if subject.intent == "FOR PROCESSING":
        raise UnsupportedDicomError(
            f"{tag_name('PresentationIntentType')} is FOR PROCESSING. Fovea reads FOR PRESENTATION."
        )
    if subject.modality not in (*MODALITIES, *OTHER_WORDS) and not _stands_for_a_modality(subject):
        refuse("Modality", [subject.modality], OTHER_MODALITIES, MODALITIES)  # PS3.3 C.7.3.1.1.1


def check_is_chest(subject: Subject) -> None:
    """Raises UnsupportedDicomError for another body part, or another view than a frontal one.

    Words that are not known say nothing: `left_open` names them.
    """
    view_words, body_words = set(subject.view_words), set(subject.body_words)
    if other := view_words & (OTHER_VIEWS | OTHER_PARTS):
        refuse("ViewPosition", sorted(other), sorted(other), FRONTAL_VIEWS)
    other = body_words & OTHER_PARTS
    # Some writers put the view there too: CHEST_LAT. Two views are those of a study: CHEST PA LAT.
    if not (body_words & FRONTAL and view_words & FRONTAL):
        other |= body_words & OTHER_VIEWS
    if other:
        refuse("BodyPartExamined", sorted(other), sorted(other), CHEST_TERMS)
    if subject.region_codes and not any(code in CHEST_CODES for code in subject.region_codes):
        raise UnsupportedDicomError(f"{tag_name('AnatomicRegionSequence')} does not name the chest.")
    if subject.view_codes and not any(code in FRONTAL_CODES for code in subject.view_codes):
        raise UnsupportedDicomError(f"{tag_name('ViewCodeSequence')} is not a frontal projection (PS3.16 CID 4010).")


def left_open(subject: Subject, orientation: Orientation) -> list[str]:
    """Sentences on what the file does not say of a film; two directions of a frontal film stand for its view."""
    sentences = [_on_modality(subject)]
    if not subject.region_codes and not CHEST.intersection(subject.body_words):
        fault = "not a word that Fovea knows" if subject.body_words else "empty"
        sentences.append(f"The file does not name the body part: {tag_name('BodyPartExamined')} is {fault}.")
    if subject.view_words and not FRONTAL.intersection(subject.view_words):
        sentences.append(f"The file does not name the view: {tag_name('ViewPosition')} is not one that Fovea knows.")
    elif not (
        subject.view_codes or orientation.letters or FRONTAL.intersection(subject.view_words + subject.body_words)
    ):
        sentences.append(f"The file does not name the view: {tag_name('ViewPosition')} is empty.")
    return list(filter(None, sentences))


def _stands_for_a_modality(subject: Subject) -> bool:
    """Whether class or conversion say what the modality does not."""
    return not subject.modality and (subject.sop_class_uid in OF_THE_CLASS or subject.conversion == DIGITIZED_FILM)


def _on_modality(subject: Subject) -> str:
    if subject.modality in OTHER_WORDS:
        return f"{tag_name('Modality')} is {subject.modality}. {OTHER_WORDS[subject.modality]}"
    if subject.modality:
        return ""
    if subject.sop_class_uid in OF_THE_CLASS:
        return f"{tag_name('Modality')} is missing. {OF_THE_CLASS[subject.sop_class_uid]} was taken from the SOP class."
    return f"{tag_name('Modality')} is missing. {OTHER_WORDS['RG']}"


def check_sop_class(subject: Subject) -> None:
    """Raises UnsupportedDicomError for another kind of object than CR, DX and secondary captures."""
    uid = subject.sop_class_uid
    if uid not in SOP_CLASSES:
        name = UID(uid).name
        found = f"is {name}" if uid and name != uid else "is missing or unknown"
        raise UnsupportedDicomError(
            f"{tag_name('SOPClassUID')} {found}. Fovea reads {all_of(SOP_CLASSES.values())} (PS3.4 B.5)."
        )
