"""What makes a model of transformers for the worker: its configuration, and its weights."""
