"""Data sets as they lie on somebody's disk: opened by name, looked over."""

from zoo.data.opening import Opened, open_data
from zoo.data.survey import Split, Survey, survey

__all__ = ["Opened", "Split", "Survey", "open_data", "survey"]
