"""The way to the API: one client, one gate, the tries of one order, and questions."""

from pipeline.sending.attempts import Attempts, Sender
from pipeline.sending.client import ApiClient, ClientOptions
from pipeline.sending.gate import Gate
from pipeline.sending.pauses import sleep_unless
from pipeline.sending.questions import Questions

__all__ = ["ApiClient", "Attempts", "ClientOptions", "Gate", "Questions", "Sender", "sleep_unless"]
