"""`moodtrace camera`: what cameras there are, and how they fare."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from moodtrace.commands.console import print_json, say, table_console
from moodtrace.commands.options import JsonOption, RedisOption

app = typer.Typer(help="Add, list, test and remove cameras.", no_args_is_help=True)

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
    fps: Annotated[float, typer.Option(min=0.1, max=60, help="Frames analysed a second.")] = 5.0,
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
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite one of this name.")] = False,
    redis: RedisOption = None,
) -> None:
    """Add a camera.

    Example: moodtrace camera add front rtsp://192.168.1.20/stream --audience panel
    """
    from moodtrace.camera_rules import complaints
    from moodtrace.cameras import Camera
    from moodtrace.commands.open_store import open_store
    from moodtrace.errors import UsageError
    from moodtrace.settings import load_settings

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
    )
    for complaint in complaints(camera, settings.camera_networks):
        raise UsageError(
            complaint.what, where=f"{complaint.field} of {name!r}", try_this=complaint.try_this
        )
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
