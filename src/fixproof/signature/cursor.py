"""Where the reading of a text stands."""

from dataclasses import dataclass


@dataclass(slots=True)
class Cursor:
    """What the lines before say about the next one."""

    aside: bool = False  # what follows was announced as of no consequence for the run
    in_message: bool = False
    after_frame: bool = False
    frame_indent: int = 0
    blanks: int = 0
    skipped: int = 0  # lines of other programs since the last frame
    carry: str = ""  # a line that a narrow terminal may have broken
    reported: bool = False  # pytest told type and message, its last place is still to come

    def started(self) -> None:
        """Begin an exception."""
        self.aside = self.in_message = self.after_frame = self.reported = False
        self.skipped = 0
        self.carry = ""
