"""An ONNX file in the making: nodes and arrays collected one by one; knows no network."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto, helper, numpy_helper

OPSET: Final = 17


class Graph:
    """Collects nodes and arrays; `add` and `array` return the name of the result."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.arrays: list[TensorProto] = []

    def add(
        self, kind: str, *inputs: str, output: str = "", **attributes: int | float | list[int]
    ) -> str:
        """Add a node; its result is named after its place unless `output` names it."""
        output = output or f"{kind}_{len(self.nodes)}"
        node = helper.make_node(kind, inputs, [output])
        node.attribute.extend(helper.make_attribute(*pair) for pair in attributes.items())
        self.nodes.append(node)
        return output

    def array(self, name: str, values: npt.NDArray[np.generic]) -> str:
        """Add weights in their own type."""
        self.arrays.append(numpy_helper.from_array(values, name))
        return name

    def to_bytes(
        self, name: str, side_px: int, outputs: Sequence[tuple[str, int]], *, ir_version: int
    ) -> bytes:
        """Return the file: `crops (n, 1, side_px, side_px) float32` to outputs `(n, width)`.

        Args:
            name: of the graph.
            side_px: side of the crops in pixels.
            outputs: name and width of each.
            ir_version: of the file format; a part of the bytes that weights are known by.
        """
        crops = helper.make_tensor_value_info(
            "crops", TensorProto.FLOAT, ["n", 1, side_px, side_px]
        )
        found = [
            helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", width])
            for output, width in outputs
        ]
        graph = helper.make_graph(self.nodes, name, [crops], found, self.arrays)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=ir_version)
        content: bytes = model.SerializeToString(deterministic=True)
        return content
