"""Tools for testing derivatives: random typed graphs, and comparison with arithmetic of any number of digits."""

from ..evaluate.rounding import disagreement, exact, line_derivatives_of, rounding_spread
from .graphs import RandomGraph, minimise, random_graph
from .properties import CheckReport, Finding, check
from .samples import Sample, rules_missing, sample, samples
from .strategies import graphs
from .tensors import TensorGraph, random_tensor_graph

__all__ = [
    "CheckReport",
    "Finding",
    "RandomGraph",
    "Sample",
    "TensorGraph",
    "check",
    "disagreement",
    "exact",
    "graphs",
    "line_derivatives_of",
    "minimise",
    "random_graph",
    "random_tensor_graph",
    "rounding_spread",
    "rules_missing",
    "sample",
    "samples",
]
