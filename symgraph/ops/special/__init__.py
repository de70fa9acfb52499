"""Special functions: Bessel, error, gamma and their relatives."""
