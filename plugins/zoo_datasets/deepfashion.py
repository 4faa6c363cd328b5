"""DeepFashion In-shop, as it is given away, or as those who published on it keep it (`zoo_datasets.layouts.FASHION`)."""

from typing import Annotated

from zoo.hookspecs import Option
from zoo.interfaces import Context
from zoo_datasets import shots
from zoo_datasets.asked import Fitting, Frame, Images, Joints, Pairs, Parsing, Root, Test, TestPairs, Words, wanted
from zoo_datasets.frames import Form, Square
from zoo_datasets.kept import MEMORY, Memory
from zoo_datasets.laid_out import LaidOut
from zoo_datasets.layouts import FASHION
from zoo_datasets.published import held_out
from zoo_datasets.shards import Place
from zoo_datasets.shots import KnownPhoto


class DeepFashion(LaidOut):
    """People by gender, category, item and colour; the 1,000 of PATN's test list are held out.

    Photos are 256x256 with bands at both sides, their middle of 256x176, or large ones of the same proportions; joints are in
    pixels of the middle (csvs) or of the whole.
    """

    name, layout = "deepfashion", FASHION
    get = "DeepFashion In-shop is given away on request: mmlab.ie.cuhk.edu.hk/projects/DeepFashion/InShopRetrieval.html"
    shot = staticmethod(shots.fashion)

    def __init__(
        self,
        context: Context,
        *,
        root: Root,
        images: Images = None,
        square: Annotated[
            Square,
            Option(
                'what square files are: bands at both sides, which are "cut" off or "keep", or "squashed" to a square', "ours"
            ),
        ] = "cut",
        joints: Joints = None,
        frame: Frame = None,
        parsing: Parsing = None,
        vocabulary: Words = None,
        test: Test = None,
        pairs: Pairs = None,
        test_pairs: TestPairs = None,
        fit: Fitting = "pad",
        memory: Memory = MEMORY,
        shards: Place = "shards",
    ) -> None:
        asked = wanted(root, images, joints, frame, parsing, vocabulary, test, pairs, test_pairs, fit, memory, shards)
        super().__init__(context, asked, Form((256, 176), square))

    @staticmethod
    def for_testing(shot: KnownPhoto, place: str) -> bool:
        return shot.identity in held_out(DeepFashion.name)
