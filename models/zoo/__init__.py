"""Networks in torch, the reference engine; needs the `torch` extra, imported on demand."""
