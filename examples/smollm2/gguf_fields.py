"""Fields of a GGUF file as Python values."""


def field(reader, name):
    """The value of the field NAME: a number, a text, or a list of them. Ends the program where the file has none."""
    found = reader.get_field(name)
    if found is None:
        raise SystemExit(f"the GGUF file has no field '{name}': is it a Llama model with its tokenizer?")
    return found.contents()
