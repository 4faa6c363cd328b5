"""A model as one file that runs without the zoo: its contract, the graph, the formats, and the checks at the edge.

contract   what a file takes, gives and comes from; imports no torch
edge       check_inputs, inputs_of: what looks at values stays outside the graph
graph      the spine traced, with a batch of any length
formats    write, load_exported: torch-export, onnx, torchscript
making     export: a recipe with its weights -> a file; what cannot be traced, and what can instead
"""
