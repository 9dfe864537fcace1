"""`moodtrace config`: the cameras' YAML file, checked and shown; see `moodtrace.config_file`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moodtrace.commands.console import print_json, say
from moodtrace.commands.options import JsonOption

if TYPE_CHECKING:
    from moodtrace.camera_rules import Resolve
    from moodtrace.cameras import Camera

app = typer.Typer(help="Check and show the file of cameras.", no_args_is_help=True)

DEFAULT = Path("moodtrace.yaml")
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The file.")]


@app.command()
def validate(file: FileArgument = DEFAULT, json: JsonOption = False) -> None:
    """Find all mistakes of a file at once.

    Example: moodtrace config validate moodtrace.yaml
    """
    from moodtrace.config_file import ConfigFileError

    try:
        cameras = read_config(file)
    except ConfigFileError as error:
        if json:
            print_json([mistake._asdict() for mistake in error.mistakes])
        else:
            for mistake in error.mistakes:
                say(f"{error.path}:{mistake.line}: {mistake.what}; {mistake.try_this}")
        raise typer.Exit(error.exit_code) from error
    if json:
        print_json([])
    say(f"{file} is right: {len(cameras)} camera{'' if len(cameras) == 1 else 's'}.")


@app.command()
def show(file: FileArgument = DEFAULT) -> None:
    """Print the cameras of a file as they will be, defaults filled in, as JSON.

    Example: moodtrace config show moodtrace.yaml
    """
    import msgspec

    print_json({name: msgspec.to_builtins(camera) for name, camera in read_config(file).items()})


@app.command()
def schema() -> None:
    """Print the JSON schema of the file, for editors.

    Example: moodtrace config schema > moodtrace.schema.json
    """
    from moodtrace.config_file import json_schema

    print_json(json_schema())


def read_config(file: Path, resolve: "Resolve | None" = None) -> "dict[str, Camera]":
    """Return the cameras of a file.

    Args:
        file: its path.
        resolve: looks hosts up; None for the machine's own way, which knows all or fails.

    Raises:
        ConfigFileError: it has mistakes.
        ConfigurationError: it can't be read.
    """
    import os

    from moodtrace.config_file import parse
    from moodtrace.errors import ConfigurationError
    from moodtrace.settings import load_settings

    try:
        content = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"the configuration can't be read: {getattr(error, 'strerror', 'it is not UTF-8')}",
            where=str(file),
            try_this="name the file, or write one: docs/how-to/cameras.md",
        ) from error
    networks = load_settings().camera_networks
    return parse(content, path=str(file), environ=os.environ, networks=networks, resolve=resolve)
