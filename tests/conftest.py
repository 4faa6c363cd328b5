"""Tests run on one thread, where the small tensors are fastest and results repeat, and no test judges the machine's speed."""

import torch
from hypothesis import HealthCheck, settings

torch.set_num_threads(1)
settings.register_profile("zoo", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("zoo")
