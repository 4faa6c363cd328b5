"""The public Python API: what `import zoo` offers, and where each name comes from. Imports no torch.

The command line is a skin over it. Names are a contract: add, never rename; `docs/api.md` lists them.
"""

PUBLIC = {
    "load": "zoo.api.loading",
    "person": "zoo.api.people",
    "run": "zoo.api.runs",
    "train": "zoo.api.runs",
    "Painting": "zoo.api.painting",
    "Pipeline": "zoo.api.pipeline",
    "Subject": "zoo.api.people",
}  # by name: the module that has it
