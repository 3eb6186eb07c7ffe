"""Numbers of single bits, as the headers of video codecs hold them."""

LONGEST_PREFIX = 32


class EndOfBitsError(Exception):
    """A header ends within one of its numbers."""


class Bits:
    """Reads from the highest bit of the first byte on."""

    def __init__(self, content: bytes) -> None:
        self._value, self._left = int.from_bytes(content), 8 * len(content)

    def take(self, count: int) -> int:
        """The next `count` bits as a number. Raises EndOfBitsError."""
        if count > self._left:
            raise EndOfBitsError
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def exponential(self) -> int:
        """An Exp-Golomb code: ue(v) of ISO 23008-2 section 9.2, uvlc() of AV1 section 4.10.3. Raises EndOfBitsError."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > LONGEST_PREFIX:
                raise EndOfBitsError
        return (1 << zeros) - 1 + self.take(zeros)
