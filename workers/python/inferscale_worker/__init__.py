"""What every worker in Python shares: the protocol (docs/protocol.md), the measuring rules of src/measure, GPU facts."""
from .backend import Backend, CachedSteps, Refused
from .loop import serve

__all__ = ["Backend", "CachedSteps", "Refused", "serve"]
