"""symgraph: a symbol-to-symbol differentiation compiler."""

from . import ops as ops
from .core.node import constant, symbol, symbols
from .core.operator import FUNCTIONS
from .core.origin import scope

globals().update(FUNCTIONS)
