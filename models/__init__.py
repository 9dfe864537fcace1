"""Networks and their weights: arrays in, arrays out; knows nothing of cameras, topics or stores."""
