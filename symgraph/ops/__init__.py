"""What the operators mean: one file per family, one record per operator."""

from importlib import import_module
from pkgutil import walk_packages

from ..core.node import method
from ..core.operator import FUNCTIONS

# Importing a family's file registers its operators; a new file is found by itself.
for _module in sorted(info.name for info in walk_packages(__path__, f"{__name__}.")):
    import_module(_module)

METHODS = """
    all any argmax argmin astype clip cumprod cumsum diagonal dot flatten max mean min prod ravel repeat reshape
    round squeeze std sum swapaxes take trace transpose var
"""
# The methods that NumPy arrays have, for functions written for arrays.
for _name in METHODS.split():
    method(_name, FUNCTIONS[_name])
