"""Market-1501, as it is given away, or as pose-gan, PATN, GFLA or SPGNet keep it."""

from zoo.interfaces import Context
from zoo_datasets import shots
from zoo_datasets.asked import Fitting, Frame, Images, Joints, Pairs, Parsing, Root, Test, TestPairs, Words, wanted
from zoo_datasets.frames import Form
from zoo_datasets.kept import MEMORY, Memory
from zoo_datasets.laid_out import LaidOut
from zoo_datasets.layouts import MARKET
from zoo_datasets.shards import Place
from zoo_datasets.shots import KnownPhoto


class Market(LaidOut):
    """People by number; junk (-1) and distractors (0000) are nobody. Photos are 128x64, and so are the joints' pixels.

    What lies in a folder called after `test` is held out.
    """

    name, layout = "market", MARKET
    get = "Market-1501 is given away on request: zheng-lab.cecs.anu.edu.au/Project/project_reid.html"
    shot = staticmethod(shots.market)

    def __init__(
        self,
        context: Context,
        *,
        root: Root,
        images: Images = None,
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
        super().__init__(context, asked, Form((128, 64)))

    @staticmethod
    def for_testing(shot: KnownPhoto, place: str) -> bool:
        return "test" in place.casefold()
