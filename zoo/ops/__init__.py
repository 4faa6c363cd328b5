"""Pure functions on tensors: no parameters, no state, the device and dtype of the input."""
