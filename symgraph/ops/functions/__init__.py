"""Elementary functions: exponential, trigonometric, hyperbolic, logistic, activations."""
