"""Everything that can go wrong and be named; knows how to say it in three lines.

MoodtraceError
├── UsageError             an option's value makes no sense                        2
├── SourceError            a source can't be read: see `SOURCE_PROBLEMS`           65, 66, 77
├── StoredDataError        what the store holds can't be read                      65
├── DatasetError           a data set is missing or not what is expected           65, 66
├── TrainingError          a training run can't go on                              65
├── UnknownScreeningError  no screening has this id                                66
├── UnknownCameraError     no camera has this name                                 66
├── ServerAwayError        Redis, the embedded store or a public home is away      69
├── CannotWriteError       a file or a folder can't be written, a port is taken    73
├── NotAllowedError        a user or password is refused                           77
├── BusyError              the screening exists, or is being written               75
└── ConfigurationError     a setting, a weights file or a part is missing or wrong 78
"""

from enum import IntEnum
from typing import Final, NamedTuple


class ExitCode(IntEnum):
    """Exit codes of every command; the numbers are those of sysexits.h."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    BAD_DATA = 65
    NO_INPUT = 66
    UNAVAILABLE = 69
    CANNOT_WRITE = 73
    TRY_AGAIN = 75
    NOT_ALLOWED = 77
    CONFIGURATION = 78
    INTERRUPTED = 130


class MoodtraceError(Exception):
    """Base of all errors that a user can act on: what, where, what to do."""

    exit_code = ExitCode.UNEXPECTED

    def __init__(self, what: str, *, where: str, try_this: str) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.try_this = try_this

    def lines(self) -> tuple[str, str, str]:
        """Return the three lines that a person reads."""
        return (f"Error: {self.what}", f"Where: {self.where}", f"Try:   {self.try_this}")


class UsageError(MoodtraceError):
    """An option's value makes no sense."""

    exit_code = ExitCode.USAGE


class DatasetError(MoodtraceError):
    """A data set is missing, or is not what is expected."""

    exit_code = ExitCode.BAD_DATA


class TrainingError(MoodtraceError):
    """A training run can't go on: its loss is no number any more."""

    exit_code = ExitCode.BAD_DATA


class UnknownScreeningError(MoodtraceError):
    """No screening has this id."""

    exit_code = ExitCode.NO_INPUT

    def __init__(self, screening_id: str) -> None:
        super().__init__(
            "there is no such screening",
            where=f"screening {screening_id!r}",
            try_this="`moodtrace screening list` shows the ids; `moodtrace replay` makes one",
        )


class UnknownCameraError(MoodtraceError):
    """No camera has this name."""

    exit_code = ExitCode.NO_INPUT

    def __init__(self, name: str) -> None:
        super().__init__(
            "there is no such camera",
            where=f"camera {name!r}",
            try_this="`moodtrace camera list` shows the names; `moodtrace camera add` adds one",
        )


class StoredDataError(MoodtraceError):
    """What the store holds was written by another version, or changed by hand."""

    exit_code = ExitCode.BAD_DATA

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(
            f"what is stored can't be read: {reason}",
            where=what,
            try_this="read it with the version that wrote it, or replay with --replace",
        )


class ServerAwayError(MoodtraceError):
    """A server that is needed does not answer."""

    exit_code = ExitCode.UNAVAILABLE


class CannotWriteError(MoodtraceError):
    """A file, a folder or a port can't be used."""

    exit_code = ExitCode.CANNOT_WRITE


class BusyError(MoodtraceError):
    """Somebody else holds what is asked for; it may be free later."""

    exit_code = ExitCode.TRY_AGAIN


class NotAllowedError(MoodtraceError):
    """A server refuses the user or the password."""

    exit_code = ExitCode.NOT_ALLOWED


class ConfigurationError(MoodtraceError):
    """A setting, a weights file or an optional part is missing or wrong."""

    exit_code = ExitCode.CONFIGURATION


class Problem(NamedTuple):
    """What one reason code means to a person."""

    exit_code: ExitCode
    what: str
    try_this: str


SOURCE_PROBLEMS: Final = {
    "no_such_file": Problem(
        ExitCode.NO_INPUT, "there is no such file", "check the path; quote names with spaces"
    ),
    "is_a_directory": Problem(
        ExitCode.NO_INPUT, "this is a directory, not a file", "name the files in it: DIR/*.mp4"
    ),
    "not_a_file": Problem(
        ExitCode.NO_INPUT, "this is not a regular file", "copy the recording to a regular file"
    ),
    "no_permission": Problem(
        ExitCode.NOT_ALLOWED, "the file may not be read", "`chmod u+r` it, or run as its owner"
    ),
    "empty_file": Problem(ExitCode.BAD_DATA, "the file is empty", "copy it again from its source"),
    "nothing_to_annotate": Problem(
        ExitCode.NO_INPUT,
        "there is no photo and no video in this directory",
        "name a directory with jpg, png, webp, mp4, mov or mkv files, or name one file",
    ),
    "not_a_picture": Problem(
        ExitCode.BAD_DATA,
        "this is not a whole picture that can be read",
        "see if it opens elsewhere; convert it to png or jpg",
    ),
    "not_media": Problem(
        ExitCode.BAD_DATA,
        "this is not a video that can be read",
        "see if it plays elsewhere; convert it to mp4 (H.264)",
    ),
    "no_video_stream": Problem(
        ExitCode.BAD_DATA, "the file has sound but no picture", "name the file with the picture"
    ),
    "too_large": Problem(
        ExitCode.BAD_DATA, "the picture is larger than 8K", "scale it down before the replay"
    ),
    "truncated": Problem(
        ExitCode.BAD_DATA,
        "the file ends early; what is missing of it is missing from the timeline",
        "copy the file again, then replay with --replace",
    ),
    "no_frames": Problem(
        ExitCode.BAD_DATA,
        "not one frame could be decoded",
        "see if it plays elsewhere; convert it to mp4 (H.264)",
    ),
    "nothing_to_show": Problem(
        ExitCode.BAD_DATA,
        "nothing of it lies at or after content time 0",
        "check the offset behind the @",
    ),
    "source_lost": Problem(
        ExitCode.BAD_DATA,
        "the decode process died or the file went away",
        "replay again with --resume; report it if it repeats",
    ),
}
"""Reason codes of sources, and what each means to a person."""

LIVE_PROBLEMS: Final = SOURCE_PROBLEMS | {
    "bad_source": Problem(
        ExitCode.CONFIGURATION,
        "this is no source that can be read",
        "write rtsp://HOST/PATH, rtsps://…, file:PATH or v4l2:/dev/video0",
    ),
    "not_allowed": Problem(
        ExitCode.NOT_ALLOWED,
        "reading over HTTP is not switched on for this camera",
        "use the camera's rtsp:// address, or set allow_http if you trust the server",
    ),
    "auth_failed": Problem(
        ExitCode.NOT_ALLOWED,
        "the camera refuses the user or the password",
        "check both in the camera's own pages, and where the password is read from",
    ),
    "no_password": Problem(
        ExitCode.CONFIGURATION,
        "the camera's password is not where it should be",
        "set the environment variable or the file that it names, where ingest runs",
    ),
    "not_found": Problem(
        ExitCode.NO_INPUT,
        "the camera knows no such stream",
        "check the path behind the address in the camera's manual",
    ),
    "refused": Problem(
        ExitCode.UNAVAILABLE,
        "nobody listens at this address",
        "check the port, and that RTSP is switched on in the camera",
    ),
    "unreachable": Problem(
        ExitCode.UNAVAILABLE,
        "the camera can't be reached",
        "check its name or address, its power and the network: `ping HOST`",
    ),
    "silent": Problem(
        ExitCode.UNAVAILABLE,
        "the camera is reached but sends nothing",
        "start it again; try another transport (tcp or udp)",
    ),
    "rejected": Problem(
        ExitCode.UNAVAILABLE,
        "the camera answers with an error",
        "start it again; see if it allows one more viewer, and this transport",
    ),
    "tls_failed": Problem(
        ExitCode.CONFIGURATION,
        "the camera's certificate is not trusted, or not for this name",
        "name its authority's certificate in SSL_CERT_FILE, or use rtsp:// inside a safe network",
    ),
    "ended": Problem(
        ExitCode.UNAVAILABLE,
        "the camera ended the stream",
        "see if it was started again, or has too many viewers",
    ),
    "busy": Problem(
        ExitCode.UNAVAILABLE, "another program uses this device", "end it: `fuser DEVICE` names it"
    ),
    "not_media": Problem(
        ExitCode.BAD_DATA, "what answers there is not a video stream", "check address and port"
    ),
    "no_video_stream": Problem(
        ExitCode.BAD_DATA,
        "the stream has no picture",
        "choose another stream in the camera's own pages",
    ),
    "unsupported_codec": Problem(
        ExitCode.BAD_DATA,
        "the stream is in a format that can't be decoded",
        "set the camera to H.264 or H.265",
    ),
    "too_large": Problem(
        ExitCode.BAD_DATA, "the picture is larger than 8K", "choose the camera's smaller stream"
    ),
    "no_frames": Problem(
        ExitCode.BAD_DATA,
        "what comes gives no picture for half a minute",
        "set the camera to a key frame every 2 s; see if the stream plays elsewhere",
    ),
    "clock_stepped": Problem(
        ExitCode.TRY_AGAIN,
        "the time of day of this machine was set back",
        "nothing to do: it is read anew; let NTP run so that it does not repeat",
    ),
    "decoder_lost": Problem(
        ExitCode.UNAVAILABLE,
        "the decode process died",
        "nothing to do: it is started anew; report it if it repeats",
    ),
    "unexpected": Problem(
        ExitCode.UNEXPECTED,
        "ingest itself failed",
        "nothing to do: the camera is read anew; report what the log of ingest says",
    ),
}
"""Reason codes of live sources, files shown as live among them."""


class SourceError(MoodtraceError):
    """A source can't be read, wholly or in part."""

    def __init__(self, reason: str, source: str) -> None:
        problem = SOURCE_PROBLEMS[reason]
        super().__init__(problem.what, where=source, try_this=problem.try_this)
        self.reason = reason
        self.exit_code = problem.exit_code
