"""The public Python API: what `import zoo` offers, and where each name comes from. Imports no torch.

The command line is a skin over it. Names are a contract: add, never rename; `docs/api.md` lists them.
"""

PUBLIC = {
    "load": "zoo.api.loading:load",
    "person": "zoo.api.people:person",
    "run": "zoo.api.runs:run",
    "train": "zoo.api.runs:train",
    "annotate": "zoo.api.annotating:annotate",
    "records": "zoo.api.boards:records",
    "leaderboard": "zoo.api.boards:leaderboard",
    "compare": "zoo.api.boards:compare",
    "list": "zoo.api.parts:list_parts",
    "plugins": "zoo.api.parts:list_plugins",
    "show": "zoo.api.describing:describe",
    "check_data": "zoo.api.data:check_data",
    "prepare_data": "zoo.api.data:prepare_data",
    "list_pairs": "zoo.api.data:list_pairs",
    "new_plugin": "zoo.api.extending:new_plugin",
    "check_plugin": "zoo.api.extending:check_plugin",
    "push": "zoo.api.hub:push",
    "pull": "zoo.api.hub:pull",
    "Annotations": "zoo.api.annotating:Annotations",
    "Leaderboard": "zoo.api.boards:Leaderboard",
    "Painting": "zoo.api.painting:Painting",
    "Pipeline": "zoo.api.pipeline:Pipeline",
    "Result": "zoo.running:Result",
    "Scores": "zoo.api.scores:Scores",
    "Subject": "zoo.api.people:Subject",
    "Training": "zoo.running:Training",
    "Versus": "zoo.api.boards:Versus",
}  # by name: the module that has it, and what it is called there
