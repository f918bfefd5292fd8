"""Making a Python environment for the worker. Standard library alone: it runs on a Python that has nothing else."""

from .making import Order, make_environment
from .programs import Programs

__all__ = ["Order", "Programs", "make_environment"]
