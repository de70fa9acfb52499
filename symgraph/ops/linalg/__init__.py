"""Linear algebra: systems, factors, spectra, functions of matrices."""
