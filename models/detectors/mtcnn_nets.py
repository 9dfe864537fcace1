"""MTCNN's three networks in torch, and the one file they run from; knows nothing of pyramids.

Zhang, Zhang, Li, Qiao: "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional
Networks" (arXiv 1604.02878). Layers have the names of the weights' home, facenet-pytorch. Pixels go
in as `(n, 3, h, w)` RGB from -1 to 1; offsets are in sides of the window or box.
"""

from collections.abc import Sequence
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from moodtrace.errors import ConfigurationError


class PNet(nn.Module):
    """Proposes: every window of 12 x 12 px, 2 px apart, at once."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 10, 3), nn.PReLU(10)
        self.conv2, self.prelu2 = nn.Conv2d(10, 16, 3), nn.PReLU(16)
        self.conv3, self.prelu3 = nn.Conv2d(16, 32, 3), nn.PReLU(32)
        self.conv4_1, self.conv4_2 = nn.Conv2d(32, 2, 1), nn.Conv2d(32, 4, 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores `(n, h, w)` and offsets `(n, 4, h, w)`."""
        x = max_pool2d(self.prelu1(self.conv1(pictures)), 2, ceil_mode=True)
        x = self.prelu3(self.conv3(self.prelu2(self.conv2(x))))
        return self.conv4_1(x).softmax(1)[:, 1], self.conv4_2(x)


class RNet(nn.Module):
    """Refines: crops of 24 x 24 px."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 28, 3), nn.PReLU(28)
        self.conv2, self.prelu2 = nn.Conv2d(28, 48, 3), nn.PReLU(48)
        self.conv3, self.prelu3 = nn.Conv2d(48, 64, 2), nn.PReLU(64)
        self.dense4, self.prelu4 = nn.Linear(576, 128), nn.PReLU(128)
        self.dense5_1, self.dense5_2 = nn.Linear(128, 2), nn.Linear(128, 4)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores `(n,)` and offsets `(n, 4)`."""
        x = max_pool2d(self.prelu1(self.conv1(crops)), 3, 2, ceil_mode=True)
        x = max_pool2d(self.prelu2(self.conv2(x)), 3, 2, ceil_mode=True)
        x = self.prelu4(self.dense4(_flat(self.prelu3(self.conv3(x)))))
        return self.dense5_1(x).softmax(1)[:, 1], self.dense5_2(x)


class ONet(nn.Module):
    """Gives the output: crops of 48 x 48 px."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 32, 3), nn.PReLU(32)
        self.conv2, self.prelu2 = nn.Conv2d(32, 64, 3), nn.PReLU(64)
        self.conv3, self.prelu3 = nn.Conv2d(64, 64, 3), nn.PReLU(64)
        self.conv4, self.prelu4 = nn.Conv2d(64, 128, 2), nn.PReLU(128)
        self.dense5, self.prelu5 = nn.Linear(1152, 256), nn.PReLU(256)
        self.dense6_1, self.dense6_2 = nn.Linear(256, 2), nn.Linear(256, 4)
        self.dense6_3 = nn.Linear(256, 10)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return scores `(n,)`, offsets `(n, 4)` and landmarks `(n, 2, 5)`, in sides of the box."""
        x = max_pool2d(self.prelu1(self.conv1(crops)), 3, 2, ceil_mode=True)
        x = max_pool2d(self.prelu2(self.conv2(x)), 3, 2, ceil_mode=True)
        x = max_pool2d(self.prelu3(self.conv3(x)), 2, ceil_mode=True)
        x = self.prelu5(self.dense5(_flat(self.prelu4(self.conv4(x)))))
        landmarks = self.dense6_3(x).unflatten(1, (2, 5))
        return self.dense6_1(x).softmax(1)[:, 1], self.dense6_2(x), landmarks


class Nets(nn.Module):
    """All three."""

    def __init__(self) -> None:
        super().__init__()
        self.pnet, self.rnet, self.onet = PNet(), RNet(), ONet()


def read(path: Path) -> Nets:
    """Read the networks, ready to run.

    Raises:
        ConfigurationError: the file holds something else.
    """
    nets = Nets().eval()
    try:
        nets.load_state_dict(safetensors.torch.load_file(path))
    except (OSError, safetensors.SafetensorError, RuntimeError) as error:
        raise ConfigurationError(
            f"{path.name} does not hold MTCNN's networks",
            where=str(path),
            try_this="remove it and run `moodtrace models pull mtcnn`",
        ) from error
    return nets


def safetensors_bytes(sources: Sequence[Path]) -> bytes:
    """Put the weights of all three networks into one file that holds no code.

    Args:
        sources: torch's files `pnet.pt`, `rnet.pt` and `onet.pt`, in any order.
    """
    weights = {
        f"{path.stem}.{key}": weight.contiguous()
        for path in sorted(sources)
        for key, weight in torch.load(path, map_location="cpu", weights_only=True).items()
    }
    content: bytes = safetensors.torch.save(weights)
    return content


def _flat(x: Tensor) -> Tensor:
    """Flatten features column by column, as MATLAB does, where the dense layers come from."""
    return x.permute(0, 3, 2, 1).flatten(1)
