"""Where heads face, out of five landmarks; knows nothing of screens.

A head is taken for five fixed points, seen from so far that depth does not shrink them. The one map
of those points onto the landmarks is found by least squares, as in the first step of DeMenthon &
Davis, "Model-Based Object Pose in 25 Lines of Code" (International Journal of Computer Vision,
1995); how it moves the nose against the rest says where the head faces.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

HEAD: Final = np.array(
    [
        [-0.5, -0.514, -0.44],
        [0.5, -0.514, -0.44],
        [0.0, 0.061, 0.0],
        [-0.44, 0.485, -0.40],
        [0.44, 0.485, -0.40],
    ]
)
"""Left and right eye, nose, left and right corner of the mouth: right, down and towards the camera,
in distances between the eyes.

Across and down: the median of YuNet's landmarks on 635 faces, those of the group photos and every
40th of UTKFace, so that the middle face is at 0 degrees. Depths: the generic head of OpenCV's head
pose examples.
"""

_CENTRED: Final = HEAD - HEAD.mean(axis=0)
_INVERSE: Final = np.linalg.pinv(_CENTRED)


def head_pose(landmarks: Array) -> Array:
    """Estimate where heads face.

    Args:
        landmarks: `(n, 5, 2)`, x and y in pixels, as in `Detections`.

    Returns:
        `(n, 3) float32` in degrees, -90 to 90 and -180 to 180: yaw (the nose points to the
        picture's right), pitch (down), roll (the head leans to the right). Landmarks that lie on
        one point give zeros.
    """
    points = landmarks.astype(np.float64)
    maps = np.einsum("an,kni->kia", _INVERSE, points - points.mean(axis=1, keepdims=True))
    scale = np.linalg.norm(maps[:, :, :2], axis=(1, 2)) ** 2 + (maps[:, :, 2] ** 2).sum(axis=1)
    scale = np.sqrt(np.maximum(scale / 2, np.finfo(np.float64).tiny))
    across, down = np.clip(maps[:, :, 2] / scale[:, None], -1, 1).T
    roll = np.arctan2(maps[:, 1, 0], maps[:, 0, 0])
    angles = np.stack([np.arcsin(across), np.arcsin(down), roll], axis=1)
    return np.asarray(np.degrees(angles), np.float32)
