"""What a runtime's exception means to a study."""

# torch has an exception of its own for its allocator. Whatever else asks a driver or the system for memory (a context,
# a pinned buffer, a library's workspace) says so in words only, as the driver does.
WORDS = ("out of memory", "cannot allocate memory", "can't allocate memory", "not enough memory")


def out_of_memory(problem):
    return (isinstance(problem, MemoryError) or type(problem).__name__ == "OutOfMemoryError"
            or any(words in str(problem).lower() for words in WORDS))


def first_line(problem):
    """Its first line: what follows in torch's messages is how to debug torch."""
    return next(iter(str(problem).strip().splitlines()), type(problem).__name__)
