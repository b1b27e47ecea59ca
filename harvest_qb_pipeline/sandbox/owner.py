"""What the books of either product know of the company they belong to.

Belongs here: `Owner`, the capabilities books need from above. Must not be here: the company itself, which is made of
books and therefore stands over them (`company`).
"""

from typing import Protocol

from harvest_qb_pipeline.sandbox.clock import Clock
from harvest_qb_pipeline.sandbox.switches import Switches


class Owner(Protocol):
    """A company as its books see it: its name, what moment and day it is there, and how it is to behave."""

    @property
    def id(self) -> str: ...

    @property
    def timezone(self) -> str:
        """The IANA zone of both products."""
        ...

    @property
    def clock(self) -> Clock: ...

    @property
    def switches(self) -> Switches: ...

    def changed(self) -> None:
        """Take note that there is something to save."""
        ...
