"""The durable record of every run and row: the only truth about outcomes."""

from pipeline.ledger.locks import Lock, lock_for_sheet
from pipeline.ledger.store import Ledger

__all__ = ["Ledger", "Lock", "lock_for_sheet"]
