"""What every worker in Python shares: the protocol (docs/reference/protocol.md), the measuring rules of src/measure, GPU facts."""
from .backend import Backend, ListLogits, Refused
from .loop import serve

__all__ = ["Backend", "ListLogits", "Refused", "serve"]
