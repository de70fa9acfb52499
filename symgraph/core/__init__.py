"""The graph itself: interned nodes, operator records, shapes, dtypes, errors. Knows no operator but the leaves."""
