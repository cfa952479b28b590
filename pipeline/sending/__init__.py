"""The way to the API: one client, one gate, and the tries of one order."""

from pipeline.sending.attempts import Attempts, Job, Settled
from pipeline.sending.client import ApiClient, ClientOptions
from pipeline.sending.gate import Gate

__all__ = ["ApiClient", "Attempts", "ClientOptions", "Gate", "Job", "Settled"]
