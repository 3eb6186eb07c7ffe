"""The words with which files name body parts and views, in the languages of hospitals.

English, Spanish, Catalan, Portuguese, French, German and Italian. BodyPartExamined and ViewPosition are open terms
(PS3.3 C.7.3.1, C.8.1.1): PS3.16 annex L lists some, writers use more.
"""

import re
import unicodedata


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


CHEST = word_set(
    """
    CHEST THORAX THORACIC LUNG LUNGS PULMONARY CXR TORAX TORACE TORACICO TORACICA THORAXAUFNAHME THORACIQUE
    PECHO PULMON PULMONES PULMONAR PIT PULMO PULMONS PEITO PULMAO PULMOES POITRINE POUMON POUMONS LUNGE LUNGEN
    BRUSTKORB THX HEMITHORAX HEMITORAX PETTO POLMONE POLMONI
    """
)
FRONTAL = word_set(
    """
    PA AP POSTEROANTERIOR ANTEROPOSTERIOR POSTERIORANTERIOR ANTERIORPOSTERIOR POSTANTERIOR ANTPOSTERIOR
    POSTEROANTERIEUR ANTEROPOSTERIEUR POSTEROANTERIORE ANTEROPOSTERIORE FRONTAL FRONTALE FRONT FRENTE
    ANTPOST POSTANT DORSOVENTRAL VENTRODORSAL
    """
)
# Said beside a view or a part, and of no weight for either.
BESIDE = word_set(
    """
    SUPINE SUPINO ERECT UPRIGHT STANDING SITTING SITZEND LIEGEND STEHEND PORTABLE PORT MOBILE BED BEDSIDE
    SEMIERECT VIEW VIEWS XRAY RX XR INSPIRATION EXPIRATION LEFT RIGHT DE DEL DI DU PORTATIL SUPI BIPEDESTACION
    DECUBITO DECUBIT SUPINA DEBOUT COUCHE COUCHEE INPIEDI RUECKENLAGE RUCKENLAGE BAUCHLAGE
    """
)
# Lying; on the back or the front, where an AP or PA film is taken, as it is on a bed; or on a side.
LYING = word_set("DECUBITUS DECUB DECUBITO DECUBIT")
ON_BACK_OR_FRONT = word_set(
    """
    DORSAL DORSALE DORSALIS SUPINE SUPINO SUPINA SUPI VENTRAL VENTRALE VENTRALIS PRONE PRONO PRONA PRON
    """
)
ON_A_SIDE = word_set(
    """
    LEFT RIGHT GAUCHE DROIT DROITE IZQUIERDO IZQUIERDA DERECHO DERECHA ESQUERDO ESQUERDA DIREITO DIREITA ESQUERRE
    ESQUERRA DRET DRETA LINKS RECHTS SINISTRO SINISTRA DESTRO DESTRA
    """
)
STANDING = (("DE", "PIE"), ("DE", "PEU"), ("EN", "PIE"), ("EN", "PIED"))  # as a view; as a part each is a foot
OTHER_VIEWS = word_set(
    """
    LL RL LLD RLD LLO RLO LAO RAO LPO RPO LLAT RLAT LAT LATERAL LATERALE LATERALES LATERALS LATEROLATERAL
    LATEROLATERALE LATERO LATERALI LATERALIS OBLIQUE OBLIQUES OBL OBLICUA OBLICUO OBLIQUA OBLIQUO OBLICUAS
    OBLIQUI OBLIC SCHRAEG SCHRAG SEITLICH SEITENAUFNAHME PROFIL PROFILE PERFIL PROFILO AXIAL AXIALE AXILLARY
    TANGENTIAL TANGENTIALE DECUBITUS DECUB LORDOTIC LORDOTICA LORDOTIQUE APICAL CROSSTABLE TRANSTHORACIC SUNRISE
    SWIMMERS CC MLO ML LM XCC SEITENLAGE LINKSSEITENLAGE RECHTSSEITENLAGE DLD DLG DLE DLI
    """
)
# With the other terms of PS3.16 annex L.
PARTS_IN_ENGLISH = word_set(
    """
    ABD ABDOMEN ABDOMINAL ABDOMENPELVIS ADRENAL ANKLE ANKLES AORTA ARM ARMS AXILLA BABYGRAM BACK BLADDER BRAIN
    BREAST BREASTS BRONCHUS BUTTOCK CALCANEUS CALF CAROTID CERVIX CERVICAL CHEEK CLAVICLE CLAVICLES COCCYX COLON
    CORONARYARTERY CSPINE CTSPINE DUODENUM EAR ELBOW ELBOWS ESOPHAGUS EXTREMITY EXTREMITIES EYE EYES FACIAL
    FEMUR FEMURS FIBULA FINGER FINGERS FOOT FEET FOREARM GALLBLADDER HAND HANDS HEAD HEART HEEL HIP HIPS HUMERUS
    ILIUM JAW KIDNEY KIDNEYS KNEE KNEES KUB LARYNX LEG LEGS LIVER LSPINE LSSPINE LUMBAR LUMBOSACRAL MANDIBLE
    MAXILLA MOUTH NECK NOSE ORBIT ORBITS OVARY PANCREAS PAROTID PATELLA PELVIS PELVIC PENIS PHARYNX PROSTATE
    RADIUS RECTUM RIB RIBS SACRUM SCALP SCAPULA SCROTUM SHOULDER SHOULDERS SINUS SINUSES SKULL SPINE SPLEEN
    SSPINE STERNUM STOMACH TEETH TESTIS THIGH THUMB THYROID TIBIA TLSPINE TMJ TOE TOES TONGUE TOOTH TRACHEA
    TSPINE ULNA URETER URETHRA UTERUS VAGINA VERTEBRA VERTEBRAE WHOLEBODY WRIST WRISTS ZYGOMA
    """
)
PARTS_IN_SPANISH = word_set(
    """
    RODILLA RODILLAS MANO MANOS PIE PIES CABEZA CRANEO HOMBRO HOMBROS CODO CODOS MUNECA MUNECAS TOBILLO TOBILLOS
    CADERA CADERAS PIERNA PIERNAS BRAZO BRAZOS ANTEBRAZO MUSLO COLUMNA VIENTRE DEDO DEDOS COSTILLA COSTILLAS
    PARRILLA CLAVICULA CLAVICULAS CUELLO MANDIBULA MAMA MAMAS HUMERO PERONE ESCAPULA ESTERNON CARA DIENTES TALON
    ESPALDA ROTULA SENOS
    """
)
PARTS_IN_CATALAN = word_set(
    """
    GENOLL GENOLLS PEU PEUS CRANI ESPATLLA COLZE CANELL TURMELL MALUC BRAC AVANTBRAC CUIXA ESQUENA COSTELLA
    COSTELLES DIT DITS COLL VENTRE ESTERN
    """
)
PARTS_IN_PORTUGUESE = word_set(
    """
    JOELHO JOELHOS MAO MAOS CABECA OMBRO OMBROS COTOVELO PUNHO PUNHOS TORNOZELO QUADRIL BACIA PERNA PERNAS BRACO
    BRACOS ANTEBRACO COXA COLUNA ABDOME CRANIO COSTELA COSTELAS PESCOCO CALCANHAR ESTERNO
    """
)
PARTS_IN_FRENCH = word_set(
    """
    GENOU GENOUX MAIN MAINS PIED PIEDS TETE CRANE EPAULE EPAULES COUDE COUDES POIGNET POIGNETS CHEVILLE
    CHEVILLES HANCHE HANCHES BASSIN JAMBE JAMBES BRAS CUISSE RACHIS COLONNE DOIGT DOIGTS CLAVICULE COU MACHOIRE
    SEIN SEINS OMOPLATE COTES
    """
)
PARTS_IN_GERMAN = word_set(
    """
    KNIE HAENDE HANDE FUSS FUESSE FUSSE KOPF SCHAEDEL SCHADEL SCHULTER ELLBOGEN ELLENBOGEN HANDGELENK
    SPRUNGGELENK HUEFTE HUFTE BECKEN BEIN BEINE OBERSCHENKEL UNTERSCHENKEL OBERARM UNTERARM WIRBELSAEULE
    WIRBELSAULE HWS BWS LWS BAUCH RIPPE RIPPEN SCHLUESSELBEIN SCHLUSSELBEIN HALS KIEFER ZEHE ZEHEN ZAHN ZAEHNE
    ZAHNE MAMMA KNOECHEL KNOCHEL FERSE DAUMEN
    """
)
PARTS_IN_ITALIAN = word_set(
    """
    GINOCCHIO GINOCCHIA MANI PIEDE PIEDI TESTA SPALLA SPALLE GOMITO GOMITI POLSO POLSI CAVIGLIA CAVIGLIE ANCA
    BACINO GAMBA GAMBE BRACCIO AVAMBRACCIO COSCIA ADDOME DITO DITA COSTE COSTOLA COSTOLE CLAVICOLA COLLO
    MANDIBOLA SENO RACHIDE FEMORE OMERO
    """
)
PARTS_IN_SEVERAL = word_set(
    """
    PELVE PELVI KNIEGELENK SCHULTERGELENK HUEFTGELENK HUFTGELENK HALSWIRBELSAEULE HALSWIRBELSAULE
    BRUSTWIRBELSAEULE BRUSTWIRBELSAULE LENDENWIRBELSAEULE LENDENWIRBELSAULE
    FEMOR FEMUR TIBIA PERONEO FIBULA SACRO SACRUM COCCIX LUMBAL LOMBAR LOMBAIRE LOMBARE CERVICALE DORSALE
    """
)
OTHER_PARTS: frozenset[str] = frozenset().union(
    PARTS_IN_ENGLISH,
    PARTS_IN_SPANISH,
    PARTS_IN_CATALAN,
    PARTS_IN_PORTUGUESE,
    PARTS_IN_FRENCH,
    PARTS_IN_GERMAN,
    PARTS_IN_ITALIAN,
    PARTS_IN_SEVERAL,
)
KNOWN = CHEST | FRONTAL | BESIDE | LYING | ON_BACK_OR_FRONT | ON_A_SIDE | OTHER_VIEWS | OTHER_PARTS
LONGEST = max(map(len, KNOWN))
MAX_LETTERS = 256  # of a value; PS3.5 6.2 allows 16
LEAST_LETTERS = 4  # of a word that is taken apart: shorter ones fall apart into anything


def words_of(value: str) -> tuple[str, ...]:
    """The words of a value in capitals, without accents, digits and separators, joined ones taken apart.

    "PÉCHO_2" gives PECHO, "p.a." gives PA, and "CHESTLAT" gives CHEST and LAT.
    """
    plain = unicodedata.normalize("NFKD", as_written(value[:MAX_LETTERS])).upper()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words: list[str] = []
    is_initial = False
    for word in re.findall(r"[A-Z]+", letters):
        if len(word) == 1 and is_initial:  # "P.A.", "A/P", "A-P"
            words[-1] += word
        else:
            words.append(word)
        is_initial = len(word) == 1
    joined = "".join(words)
    if joined in KNOWN and len(words) > 1:  # "POSTERO-ANTERIOR", "C-SPINE"
        return (joined,)
    return _lying(tuple(part for word in _paired(words) for part in _apart(word)))


def view_words_of(value: str) -> tuple[str, ...]:
    """As `words_of`, of a view: FACE is a frontal one, and what says that the patient stands is left out."""
    words = tuple("FRONTAL" if word == "FACE" else word for word in words_of(value))  # French; the face as a part
    for pair in STANDING:
        for place in range(len(words) - 1):
            if words[place : place + 2] == pair:
                return words[:place] + words[place + 2 :]
    return words


def _lying(words: tuple[str, ...]) -> tuple[str, ...]:
    """Without what says that the patient lies on back or front; lying on a side is DECUBITUS, which is another view."""
    if not LYING.intersection(words):
        return words
    if ON_BACK_OR_FRONT.intersection(words):
        return tuple(word for word in words if word not in LYING | ON_BACK_OR_FRONT)
    if ON_A_SIDE.intersection(words):
        return tuple("DECUBITUS" if word in LYING else word for word in words)
    return words


def as_written(value: str) -> str:
    """A value in UTF-8 that was decoded as Latin-1, as PS3.5 6.1.2.1 has it for code strings, in its own letters."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _paired(words: list[str]) -> list[str]:
    """Two neighbours that are one known word, such as POSTERO ANTERIOR, as that word."""
    paired: list[str] = []
    for word in words:
        pair = paired[-1] + word if paired else ""
        if pair in KNOWN and (word not in KNOWN or paired[-1] not in KNOWN):
            paired[-1] = pair
        else:
            paired.append(word)
    return paired


def _apart(word: str) -> tuple[str, ...]:
    """The fewest known words that make up `word`; itself where there are none."""
    if word in KNOWN or len(word) < LEAST_LETTERS:
        return (word,)
    fewest: list[tuple[str, ...] | None] = [()]
    for end in range(1, len(word) + 1):
        ways = [
            (*before, word[start:end])
            for start in range(max(0, end - LONGEST), end)
            if (before := fewest[start]) is not None and word[start:end] in KNOWN
        ]
        fewest.append(min(ways, key=len, default=None))
    return fewest[-1] or (word,)
