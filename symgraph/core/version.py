"""The version of symgraph."""

__version__ = "0.1.0"
