"""What a command says, in a sentence, of errors that its user can mend; any other error is a bug and shows itself."""

import errno

from fovea import FoveaError

MENDABLE = (FoveaError, OSError)
ADVICE = {
    errno.ENOSPC: "Free some space, and run the command again, with --resume if it had saved a state.",
    errno.EDQUOT: "Free some space, and run the command again, with --resume if it had saved a state.",
    errno.EFBIG: "Choose a place that takes larger files, with --runs-dir or --cache-dir.",
    errno.EROFS: "Choose a folder that can be written to, with --runs-dir, --cache-dir or --data-dir.",
    errno.EACCES: "Change its permissions, or choose another folder with --runs-dir, --cache-dir or --data-dir.",
    errno.EPERM: "Change its permissions, or choose another folder with --runs-dir, --cache-dir or --data-dir.",
    errno.ENOTDIR: "A part of this path is a file. Choose another folder.",
    errno.EEXIST: "A file stands where a folder is needed. Choose another folder.",
    errno.ENOENT: "Check the path.",
}


def sentence(error: FoveaError | OSError) -> str:
    """The message, and for what the operating system refused the file and what to do about it."""
    if isinstance(error, FoveaError) or error.errno is None:
        return str(error)
    said = error.strerror or "The operating system refused it"
    place = f"{error.filename}: " if error.filename else ""
    return " ".join(filter(None, [f"{place}{said}.", ADVICE.get(error.errno)]))
