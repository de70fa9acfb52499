"""Everything foreign: saved files, SymPy, networkx, NumPy functions traced, NumPy and C source written."""
