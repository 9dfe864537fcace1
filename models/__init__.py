"""Networks and their weights: arrays in, arrays out; knows nothing of cameras, topics or stores."""

import os

# From 1.29 on, ONNX Runtime writes an id of the machine to disk and reports to its maker as soon as
# it is imported, unless it finds this: https://github.com/microsoft/onnxruntime/pull/27379
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
