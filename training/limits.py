"""What the limits of a spec say of the same network in a file without a score."""

import re
from collections.abc import Sequence

UNLESS_REFUSED = re.compile(r", unless its score says (that )?it is unlike the training (images|photos)\.")


def without_score(limits: Sequence[str]) -> tuple[str, ...]:
    """The limits of a file that refuses no image."""
    return tuple(UNLESS_REFUSED.sub(".", limit) for limit in limits)
