"""What the operators mean: one file per family, one record per operator."""

from importlib import import_module
from pkgutil import iter_modules

# Importing a family's file registers its operators; a new file is found by itself.
for _module in sorted(info.name for info in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
