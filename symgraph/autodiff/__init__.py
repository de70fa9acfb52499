"""Derivatives: reverse, forward and Taylor mode, Jacobians and Hessians with their structure. Names no operator."""
