"""Commands that are imported when they are typed: a listing must not pay for what other commands need.

Belongs here: finding a command by its name. Must not be here: the names.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from importlib import import_module

import click


class LazyCommands(MutableMapping[str, click.Command]):
    """Commands of a group by name: some in modules of their own (`module:attribute`), the rest made all at once."""

    def __init__(self, places: Mapping[str, str], others: Callable[[], Mapping[str, click.Command]]) -> None:
        self._places, self._others = places, others
        self._known: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._known:
            self._known[name] = self._imported(name) if name in self._places else self._others()[name]
        return self._known[name]

    def _imported(self, name: str) -> click.Command:
        module, _, attribute = self._places[name].partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self._places[name]} is no command")
        return command

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._known[name] = command

    def __delitem__(self, name: str) -> None:
        del self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._places, *self._known, *self._others())))

    def __len__(self) -> int:
        return sum(1 for _ in self)
