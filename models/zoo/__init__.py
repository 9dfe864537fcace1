"""Networks in torch, the reference engine; needs the `torch` extra, so only training imports it."""
