"""What can go wrong at run time. Every message is one sentence: which thing, which value, what is allowed."""


class FoveaError(Exception):
    """Base of every error that a user of the runtime can cause."""


class ModelFileError(FoveaError):
    """The model file is missing, is not ONNX, or carries no spec."""


class RevisionError(ModelFileError):
    """The weights in the file are not those that its revision stands for."""


class UnexpectedAnswersError(ModelFileError):
    """The model does not answer on this machine as it did where it was exported."""


class SettingError(FoveaError):
    """A setting (a thread count, a provider) is out of its range."""


class ImageError(FoveaError):
    """Base of every error that lies in the image."""


class UnsupportedFormatError(ImageError):
    """The bytes are of a kind that is not read: another format, several frames, 32-bit samples."""


class UnsupportedDicomError(ImageError):
    """A DICOM file that is not read: no single, grey, frontal chest radiograph. The message names the tag."""


class UnsupportedCompressionError(UnsupportedDicomError):
    """The pixels of a DICOM film are compressed in a form that is not read; its content may well be."""


class ImageTooLargeError(ImageError):
    """The header announces more pixels than are decoded."""


class UnreadableImageError(ImageError):
    """The kind is right, the content is not: empty, truncated or damaged."""


class EmptyDrawingError(ImageError):
    """The image holds no ink, so there is nothing to classify."""
