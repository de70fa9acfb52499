"""Numbers: the generic evaluator, back-propagation of numbers, traces, and the verification of derivatives."""
