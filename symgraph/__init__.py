"""symgraph: a symbol-to-symbol differentiation compiler."""

from . import ops as ops
from .autodiff.gradients import derivative, grad, hessian, hvp, jacobian, jvp, taylor, value_and_grad, vjp
from .core.node import Node, constant, symbol, symbols
from .core.operator import FUNCTIONS
from .core.origin import scope
from .evaluate.api import evaluate
from .evaluate.backpropagation import backpropagate
from .evaluate.forward_trace import forward_trace
from .evaluate.verification import verify
from .ops.composite import custom_gradient, function

globals().update(FUNCTIONS)
