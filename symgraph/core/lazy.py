"""Libraries that are loaded when they are first needed: importing symgraph stays quick.

A module says ``special = Library("scipy.special")`` where it would say ``from scipy import special``. Reading an
attribute loads the library; ``special.later("erf")`` names a function, for a record, without loading anything.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Library:
    """A module that is imported when an attribute of it is first read.

    >>> Library("math").floor(2.5)
    2
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self._module), name)
        setattr(self, name, value)
        return value

    def later(self, name: str) -> LibraryFunction:
        """Name a function of the library without loading it."""
        return LibraryFunction(self, name)


class LibraryFunction:
    """A function that is looked up in its library when it is first called.

    >>> Library("math").later("floor")(2.5)
    2
    """

    __slots__ = ("library", "name")

    def __init__(self, library: Library, name: str) -> None:
        self.library = library
        self.name = name

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return getattr(self.library, self.name)(*args, **keywords)


def loaded(value: Any) -> Any:
    """Give the module or function that a library or its function stands for; any other value as it is.

    >>> loaded(Library("math").later("floor"))(2.5)
    2
    """
    if isinstance(value, LibraryFunction):
        return getattr(value.library, value.name)
    return import_module(value._module) if isinstance(value, Library) else value
