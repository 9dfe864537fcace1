"""What can be wrong with sources: reason codes, and what each means to a person."""

from typing import Final, NamedTuple

from moodtrace.errors import ExitCode, MoodtraceError


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
        "this camera may not be read: its address or its protocol is not allowed",
        "set MOODTRACE_CAMERA_NETWORKS for its address; for HTTP, allow_http",
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
        "what comes gives no whole picture for 25 s",
        "set the camera to a key frame every 2 s; see if the stream plays elsewhere",
    ),
    "source_lost": Problem(
        ExitCode.UNAVAILABLE,
        "the recording went away while it was shown",
        "see if its disk or network share is there",
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
