"""A stand-in for FinerWorks' API on this machine: real shapes, real strictness, no real orders."""

from __future__ import annotations

from pipeline.sandbox.server import Sandbox

__all__ = ["Sandbox"]
