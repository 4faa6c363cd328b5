"""A model zoo for pose-guided person image generation."""

__version__ = "0.1.0"
