"""Tests run on one thread: the small tensors gain nothing from more, and results repeat."""

import torch

torch.set_num_threads(1)
