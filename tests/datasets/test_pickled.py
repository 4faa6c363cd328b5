"""Pickles of joints, of Python 2 too, and of what must not run."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo_datasets.pickled import read_numbers

# what Python 2 writes for {'ann': [[3, 4], [-1, -1]], 'bob': numpy.array([[1.5, 2.0]])} with NumPy 1.16, protocol 2
PYTHON_2 = (
    b"\x80\x02}q\x00(U\x03annq\x01]q\x02(]q\x03(K\x03K\x04e]q\x04(J\xff\xff\xff\xffJ\xff\xff\xff\xffeeU\x03bobq\x05"
    b"cnumpy.core.multiarray\n_reconstruct\nq\x06cnumpy\nndarray\nq\x07K\x00\x85q\x08U\x01bq\t\x87q\nRq\x0b(K\x01K\x01K\x02\x86q\x0c"
    b"cnumpy\ndtype\nq\rU\x02f8q\x0eK\x00K\x01\x87q\x0fRq\x10(K\x03U\x01<q\x11NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x12b"
    b"\x89U\x10\x00\x00\x00\x00\x00\x00\xf8?\x00\x00\x00\x00\x00\x00\x00@q\x13tq\x14bu."
)


def written(root: Path, content: bytes) -> Path:
    path = root / "pose_label.pkl"
    path.write_bytes(content)
    return path


def test_numbers_of_python_2_and_3_are_read(tmp_path: Path) -> None:
    old = read_numbers(written(tmp_path, PYTHON_2))
    assert old["ann"] == [[3, 4], [-1, -1]] and old["bob"].tolist() == [[1.5, 2.0]]
    held = {"ann": np.arange(36).reshape(18, 2), "bob": [np.float32(1.5), 2, None, "é"]}
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        read = read_numbers(written(tmp_path, pickle.dumps(held, protocol)))
        assert np.array_equal(read["ann"], held["ann"]) and read["bob"] == held["bob"], protocol


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (eval, ("__import__('pathlib').Path('evil').touch()",))


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(Evil()), pickle.dumps(Path()), pickle.dumps(print), PYTHON_2[:60], b"", b"cos\nsystem\n(S'true'\ntR.",
        b"cnumpy\nndarray\n((I999999999999\ntp0\ntR.", b"cbuiltins\ngetattr\n.",
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_nothing_runs(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ZooError, match="no pickle of numbers alone"):
        read_numbers(written(tmp_path, content))
    assert not Path("evil").exists()
