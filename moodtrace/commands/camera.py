"""`moodtrace camera`: what cameras there are, and how they fare."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from moodtrace.commands.console import print_json, say, table_console
from moodtrace.commands.options import DetectorOption, FpsOption, JsonOption, RedisOption

if TYPE_CHECKING:
    from moodtrace.camera_rules import Complaint

app = typer.Typer(help="Add, list, test and remove cameras.", no_args_is_help=True)

FLASH = "Flash a light that all cameras see, now ..."

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The camera's name.")]


@app.command()
def add(
    name: NameArgument,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="rtsp://HOST/PATH, file:PATH or v4l2:/dev/video0; no password."
        ),
    ],
    audience: Annotated[str, typer.Option(metavar="ID", help="Whom it watches.")],
    fps: FpsOption = 5.0,
    username: Annotated[str, typer.Option(metavar="USER", help="Who signs in.")] = "",
    password_env: Annotated[
        str, typer.Option(metavar="VARIABLE", help="Variable of ingest that holds the password.")
    ] = "",
    password_file: Annotated[
        str, typer.Option(metavar="FILE", help="File at ingest that holds the password.")
    ] = "",
    udp: Annotated[bool, typer.Option("--udp", help="RTP over UDP instead of TCP.")] = False,
    allow_http: Annotated[
        bool, typer.Option("--allow-http", help="Read MJPEG or HLS over HTTP.")
    ] = False,
    offset_ms: Annotated[
        int, typer.Option(metavar="MS", help="Added to the times of its frames.")
    ] = 0,
    mask: Annotated[
        list[str] | None, typer.Option(metavar="'X,Y X,Y X,Y'", help="Blackened; shares of it.")
    ] = None,
    zone: Annotated[
        list[str] | None, typer.Option(metavar="'NAME=X,Y X,Y X,Y'", help="A segment.")
    ] = None,
    seat: Annotated[
        list[str] | None, typer.Option(metavar="'NAME=X,Y X,Y X,Y'", help="One person's place.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite one of this name.")] = False,
    redis: RedisOption = None,
) -> None:
    """Add a camera.

    Example: moodtrace camera add front rtsp://192.168.1.20/stream --audience panel
    """
    from moodtrace.camera_rules import complaints
    from moodtrace.cameras import Camera
    from moodtrace.commands.open_store import open_store
    from moodtrace.settings import load_settings
    from moodtrace.zones import parse_areas, parse_corners, shares

    settings = load_settings()
    camera = Camera(
        name=name,
        source=source,
        audience=audience,
        fps=fps,
        transport="udp" if udp else "tcp",
        username=username,
        password_env=password_env,
        password_file=password_file,
        allow_http=allow_http,
        offset_ms=offset_ms,
        masks=tuple(shares(parse_corners(text, f"--mask '{text}'")) for text in mask or ()),
        zones={a.name: shares(a.points) for a in parse_areas("zone", zone or (), [name])},
        seats={a.name: shares(a.points) for a in parse_areas("seat", seat or (), [name])},
    )
    for complaint in complaints(camera, settings.camera_networks):
        raise _refused(name, complaint)
    with open_store(settings, redis) as store:
        if replace:
            store.cameras.put([camera])
        else:
            store.cameras.add(camera)
    say(f"Added {name!r}. See if it works: moodtrace camera test {name}")


@app.command("list")
def list_(json: JsonOption = False, redis: RedisOption = None) -> None:
    """List all cameras with what they are doing.

    Example: moodtrace camera list --json
    """
    import msgspec
    from rich.table import Table

    from moodtrace.commands.open_store import open_store
    from moodtrace.settings import load_settings

    with open_store(load_settings(), redis) as store:
        cameras = store.cameras.all()
        statuses = store.cameras.statuses(cameras)
    if json:
        print_json(
            [
                {**msgspec.to_builtins(camera), "status": msgspec.to_builtins(statuses[name])}
                for name, camera in cameras.items()
            ]
        )
        return
    if not cameras:
        say("No cameras yet. Add one: moodtrace camera add NAME rtsp://HOST/PATH --audience ID")
        return
    lines = [_line(cameras[name], statuses[name]) for name in cameras]
    table = Table(*lines[0], box=None)
    for line in lines:
        table.add_row(*line.values())
    table_console().print(table)


@app.command()
def test(
    name: NameArgument,
    detector: DetectorOption = "auto",
    json: JsonOption = False,
    picture: Annotated[
        bool,
        typer.Option("--picture", help="With --json: its last picture, masked and blurred."),
    ] = False,
    redis: RedisOption = None,
) -> None:
    """Watch a camera for ten seconds: does it work, can its faces be read, what to change.

    Example: moodtrace camera test front
    """
    from ingest.live_process import LiveProcess
    from moodtrace.camera_rules import complaints
    from moodtrace.commands.camera_trial import blurred, findings, problem, scored, watch
    from moodtrace.commands.live_job import job_maker
    from moodtrace.commands.networks import networks
    from moodtrace.commands.open_store import open_store
    from moodtrace.commands.progress import share_bar
    from moodtrace.settings import load_analysis_settings, load_settings

    settings, analysis = load_settings(), load_analysis_settings()
    with open_store(settings, redis) as store:
        camera = store.cameras.get(name)
    for complaint in complaints(camera, settings.camera_networks):
        raise _refused(name, complaint)
    job = job_maker(settings, analysis, "raw")(camera)
    if isinstance(job, str):
        raise problem(job, f"camera {name!r}")
    analyzer = networks(settings, analysis, detector).analyzer(analysis)
    with LiveProcess(job) as process, share_bar(name) as bar:
        trial = watch(process, f"camera {name!r}, {camera.source}", bar)
    with share_bar("Faces") as bar:
        content = findings(trial, scored(trial.frames, analyzer, bar))
    if json and picture:
        content["picture"] = blurred(trial.frames[-1])
    if json:
        print_json(content)
    else:
        _print_findings(name, content)


@app.command()
def calibrate(
    audience: Annotated[str, typer.Option(metavar="ID", help="Whose cameras.")],
    seconds: Annotated[float, typer.Option(min=3, max=120, help="Time for the flash.")] = 10.0,
    json: JsonOption = False,
    redis: RedisOption = None,
) -> None:
    """Set the clocks of an audience's cameras right by one flash of light that all of them see.

    Example: moodtrace camera calibrate --audience panel
    """
    from msgspec.structs import replace

    from ingest.flash import offsets_ms
    from moodtrace.commands.camera_calibrate import seen_flashes
    from moodtrace.commands.live_job import job_maker
    from moodtrace.commands.open_store import open_store
    from moodtrace.commands.progress import share_bar
    from moodtrace.errors import UsageError
    from moodtrace.settings import load_analysis_settings, load_settings

    settings = load_settings()
    job_of = job_maker(settings, load_analysis_settings(), "jpeg")
    with open_store(settings, redis) as store:
        every = store.cameras.all().values()
        cameras = [camera for camera in every if camera.audience == audience and camera.enabled]
        if len(cameras) < 2:
            raise UsageError(
                "there are no two cameras to compare",
                where=f"audience {audience!r}",
                try_this="name an audience with several cameras: moodtrace camera list",
            )
        say("Waiting for all cameras ...")
        with share_bar("Watching") as bar:
            flashes = seen_flashes(cameras, job_of, seconds, lambda: say(FLASH), bar)
        found = offsets_ms(flashes, cameras[0].name)
        now = store.cameras.all()
        store.cameras.put(
            [replace(now[name], offset_ms=at_ms) for name, at_ms in found.items() if name in now]
        )
    if json:
        print_json(found)
        return
    for name, offset_ms in found.items():
        say(f"{name}: {offset_ms:+d} ms")


@app.command()
def enable(name: NameArgument, redis: RedisOption = None) -> None:
    """Read a camera again.

    Example: moodtrace camera enable front
    """
    _switch(name, redis, enabled=True)


@app.command()
def disable(name: NameArgument, redis: RedisOption = None) -> None:
    """Stop reading a camera, and keep its settings.

    Example: moodtrace camera disable front
    """
    _switch(name, redis, enabled=False)


@app.command()
def remove(name: NameArgument, redis: RedisOption = None) -> None:
    """Remove a camera; what was screened stays.

    Example: moodtrace camera remove front
    """
    from moodtrace.commands.open_store import open_store
    from moodtrace.settings import load_settings

    with open_store(load_settings(), redis) as store:
        store.cameras.remove(name)
    say(f"Removed {name!r}.")


def _refused(name: str, complaint: "Complaint") -> Exception:
    from moodtrace.errors import UsageError

    where = f"{complaint.field} of camera {name!r}"
    return UsageError(complaint.what, where=where, try_this=complaint.try_this)


def _print_findings(name: str, content: dict[str, Any]) -> None:
    out = table_console()
    out.print(
        f"{name}: {content['codec']} {content['width']}x{content['height']}"
        f" at {content['source_fps']:g} fps; {content['fps']:g} a second were sampled."
    )
    clock = "the camera's own" if content["clock"] == "rtcp" else "arrival here"
    out.print(f"Clock: {clock}; pictures come {content['behind_ms']} ms after capture.")
    lost = {**content["failed"], **content["dropped"]}
    if lost:
        out.print("Lost: " + ", ".join(f"{number} {why}" for why, number in lost.items()))
    if content["ended"]:
        out.print(f"The stream ended: {content['ended']}.")
    if content["usable"] is not None:
        out.print(
            f"Faces: {content['faces_per_frame']:g} in a frame, median {content['face_px']} px;"
            f" {content['usable']:.0%} can be read for emotion."
        )
    if content["excluded"]:
        reasons = ", ".join(f"{n} {why}" for why, n in content["excluded"].items())
        out.print(f"Not read: {reasons}.")
    for advice in content["advice"] or ["Nothing to change."]:
        out.print(f"-> {advice}" if content["advice"] else advice)


def _switch(name: str, redis: str | None, *, enabled: bool) -> None:
    from msgspec.structs import replace

    from moodtrace.commands.open_store import open_store
    from moodtrace.settings import load_settings

    with open_store(load_settings(), redis) as store:
        store.cameras.put([replace(store.cameras.get(name), enabled=enabled)])
    say(f"{name!r} is {'read again' if enabled else 'not read any more'}.")


def _line(camera: Any, status: Any) -> dict[str, str]:
    return {
        "name": camera.name,
        "audience": camera.audience,
        "source": camera.source,
        "state": status.state if camera.enabled else "disabled",
        "grade": status.grade,
        "picture": f"{status.codec} {status.width}x{status.height}" if status.codec else "",
        "fps": f"{status.fps:.1f} of {camera.fps:g}" if status.captured else "",
        "reconnects/h": str(status.reconnects_per_hour),
        "what to do": _advice(status.reasons, status.reason),
    }


def _advice(reasons: Sequence[str], reason: str) -> str:
    return "; ".join(reasons) or reason
