"""train(): phases are data, one loop serves every recipe, Accelerate underneath."""

from contextlib import AbstractContextManager, nullcontext
from typing import cast

from torch import nn

from zoo.interfaces import Pairing
from zoo.model import Kit
from zoo.ops.batch import shared
from zoo.ops.denormals import flushed_denormals
from zoo.ops.memory import kept_memory
from zoo.recipes.catalog import Catalog
from zoo.recipes.options import construct
from zoo.recipes.recipe import Phase, Recipe
from zoo.training import processes
from zoo.training.interruption import interruptible
from zoo.training.journal import Journal
from zoo.training.plan import Plan, Trained, start_accelerator
from zoo.training.run import Run
from zoo.training.whole_batch import share_batches


def train(recipe: Recipe, kit: Kit, losses: nn.ModuleDict, plan: Plan, catalog: Catalog) -> Trained:
    """Train `kit.model` through the recipe's phases; afterwards it carries the returned weights and is in eval mode.

    A resumed run ends with the weights of an unbroken one: bit for bit on a CPU with as many threads, and on a GPU as far as
    its kernels are deterministic (the backward pass of grid sampling is not).

    Raises Interrupted (exit code 130, checkpoint written) on SIGINT or SIGTERM, and ZooError when a loss is not finite,
    the folder holds another run or one that nobody asked to resume, or the disk is full. Any error between two steps leaves
    a checkpoint of the last of them. When only the very last checkpoint cannot be written, that is told and training ends well.
    """
    accelerator = start_accelerator(plan)
    if accelerator.num_processes > 1:
        share_batches(kit.model)
        share_batches(losses)
    run = Run(recipe, kit, losses, plan, accelerator)
    run.start()
    phases = [(span, _pairing(span.phase, kit, plan, catalog)) for span in run.spans]
    share = shared(accelerator.process_index, accelerator.num_processes)
    with (
        interruptible(run.keeper.told) as flag,
        _journal(run) as journal,
        flushed_denormals(),
        kept_memory(),
        share,
        run.rescued(),
    ):
        for span, pairing in phases:
            if run.step < span.end:
                run.through(span, pairing, flag, journal)
    return run.finish()


def _pairing(phase: Phase, kit: Kit, plan: Plan, catalog: Catalog) -> Pairing:
    pairing = cast(Pairing, construct(catalog, "pairing", phase.pairing, kit.context))
    processes.on_main(lambda: pairing.prepare(kit.data, "train", plan.folder))
    if not processes.is_main():  # reads what the main process has found
        pairing.prepare(kit.data, "train", plan.folder)
    return pairing


def _journal(run: Run) -> AbstractContextManager[Journal | None]:
    if not run.accelerator.is_main_process:
        return nullcontext()
    plan = run.plan
    return Journal(plan.folder, done=run.step, total=plan.steps, batch=plan.batch, telling=plan.telling)
