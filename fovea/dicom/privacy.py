"""Whether a file names a patient: said to whoever may hand it on, without repeating a value."""

import re
import unicodedata

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from fovea.dicom.tags import IDENTITY_KEYWORDS, tag_name
from fovea.dicom.vocabulary import as_written, word_set
from fovea.listing import all_of

BURNED_IN = (
    f"Letters in the picture may name a patient, since {tag_name('BurnedInAnnotation')} is YES. "
    "Look at it before you share the file."
)
YES = "YES"
# What stands in place of an identity, in the languages of hospitals, alone or with a number.
STAND_INS = word_set(
    """
    ANON ANONYM ANONYME ANONYMOUS ANONYMIZED ANONYMISED ANONYMISE ANONYMISIERT ANONYMIZE ANONIMO ANONIMA ANONIMIZADO
    ANONIMIZADA ANONIMITZAT ANONIMIZZATO ANONIMIZATO ANONIMISE ANONYMIZATION DEIDENTIFIED DEID DEIDENT IDENTIFIED
    UNIDENTIFIED PSEUDONYM PSEUDO UNKNOWN UNBEKANNT INCONNU INCONNUE DESCONOCIDO DESCONOCIDA DESCONHECIDO SCONOSCIUTO
    DESCONEGUT NONE NULL NIL NA NO NAME NONAME NOID NOT AVAILABLE APPLICABLE EMPTY BLANK REMOVED DELETED HIDDEN MASKED
    REDACTED CONFIDENTIAL WITHHELD PATIENT PATIENTS PACIENTE PACIENT PAZIENTE PATIENTIN PAT PT PID ID SUBJECT SUBJ SUB
    PARTICIPANT VOLUNTEER CASE STUDY RESEARCH TRIAL COVID TEST TESTING DUMMY SAMPLE EXAMPLE DEMO PHANTOM FANTOM FANTOMA
    PHANTOME TRAINING TEACHING NEMA
    """
)
UNNAMED = ({"JOHN", "DOE"}, {"JANE", "DOE"}, {"MAX", "MUSTERMANN"}, {"ERIKA", "MUSTERMANN"})
# UUIDs, hashes, and unique identifiers of DICOM.
RANDOM = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|[0-9a-f]{32,128}|[0-2](\.\d+){3,}", re.IGNORECASE)
LEAST_LETTERS = 4  # of a word that is joined to another: shorter ones make up names
_JOINED = re.compile(f"(?:{'|'.join(sorted(w for w in STAND_INS if len(w) >= LEAST_LETTERS))})+")
STAND_IN_DATES = ("19700101",)  # and what no living patient has
FIRST_YEAR = 1902


def privacy_note(dataset: Dataset) -> str:
    """One line on what identifies a patient in the file, "" where nothing does or the file says it was removed."""
    if _value(dataset, "PatientIdentityRemoved").upper() == YES:  # PS3.3 C.7.1.1: from elements and pixels
        return ""
    naming = [keyword for keyword in IDENTITY_KEYWORDS if _identifies(keyword, _value(dataset, keyword))]
    said = []
    if naming:
        said.append(
            f"This file names a patient in {all_of(map(tag_name, naming))}. Remove that before you share the file."
        )
    if _value(dataset, "BurnedInAnnotation").upper() == YES:
        said.append(BURNED_IN)
    return " ".join(said)


def _value(dataset: Dataset, keyword: str) -> str:
    """By its bytes, so that no damaged one is an error."""
    tag = tag_for_keyword(keyword)
    assert tag is not None
    element = dataset.get_item(tag)
    value = getattr(element, "value", None)
    return as_written(value.decode("latin-1")).strip(" \0") if isinstance(value, bytes) else ""


def _identifies(keyword: str, value: str) -> bool:
    if keyword == "PatientBirthDate":
        digits = re.sub(r"\D", "", value)
        return digits[:4].isdigit() and int(digits[:4]) >= FIRST_YEAR and digits not in STAND_IN_DATES
    return any(not _stands_in(part) for part in value.split("\\"))


def _stands_in(value: str) -> bool:
    """Whether a name or a number is none: signs alone, one digit again and again, stand-ins, or random letters."""
    value = value.strip()
    if RANDOM.fullmatch(value):
        return True
    plain = unicodedata.normalize("NFKD", value).upper()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words, digits = re.findall(r"[^\W\d_]+", plain), re.sub(r"\D", "", plain)
    if not words:
        return len(set(digits)) <= 1 and not re.search(r"[^\x00-\x7f]", plain)
    if "".join(words) in STAND_INS or set(words) in UNNAMED:  # N/A, DE-IDENTIFIED
        return True
    return all(word in STAND_INS or set(word) == {"X"} or _JOINED.fullmatch(word) for word in words)
