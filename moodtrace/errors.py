"""Everything that can go wrong and be named; knows how to say it in three lines.

MoodtraceError
├── UsageError             an option's value makes no sense                        2
├── SourceError            a source can't be read: see `moodtrace.problems`         65, 66, 77
├── StoredDataError        what the store holds can't be read                      65
├── ManifestError          a view can't be made again from its manifest            65
├── DatasetError           a data set is missing or not what is expected           65, 66
├── TrainingError          a training run can't go on                              65
├── UnknownScreeningError  no screening has this id                                66
├── UnknownCameraError     no camera has this name                                 66
├── NothingOnKafkaError    Kafka holds nothing of a screening                       66
├── ServerAwayError        Redis, the embedded store or a public home is away      69
│   └── StoreRefusesError  it answers, but takes no writes for now                 69
├── CannotWriteError       a file or a folder can't be written, a port is taken    73
├── NotAllowedError        a user or password is refused                           77
├── BusyError              the screening exists, or is being written               75
│   └── StoreFellBackError the store lost what was written last                    75
└── ConfigurationError     a setting, a weights file or a part is missing or wrong 78
"""

from enum import IntEnum


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


class ManifestError(MoodtraceError):
    """A view of a screening can't be made again: the manifest is none, or the rows are others."""

    exit_code = ExitCode.BAD_DATA


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


class NothingOnKafkaError(MoodtraceError):
    """Kafka holds nothing of a screening: it never went there, or was deleted by age."""

    exit_code = ExitCode.NO_INPUT

    def __init__(self, screening_id: str) -> None:
        super().__init__(
            "Kafka holds nothing of this screening",
            where=f"screening {screening_id!r}",
            try_this="one that was made without --kafka was never there; others are kept for"
            " MOODTRACE_KAFKA_FACES_RETENTION_DAYS",
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


class StoreRefusesError(ServerAwayError):
    """The store answers, but takes no writes for now; it will when what is wrong is mended."""

    def __init__(self, reason: str, what: str, *, where: str, try_this: str) -> None:
        super().__init__(f"the store takes no writes now: {what}", where=where, try_this=try_this)
        self.reason = reason
        """One word for metrics and health, such as `disk_full`."""


class CannotWriteError(MoodtraceError):
    """A file, a folder or a port can't be used."""

    exit_code = ExitCode.CANNOT_WRITE


class BusyError(MoodtraceError):
    """Somebody else holds what is asked for; it may be free later."""

    exit_code = ExitCode.TRY_AGAIN


class StoreFellBackError(BusyError):
    """The store lost what a writer wrote last, as one that was killed may: claim anew, go on."""

    def __init__(self, screening_id: str) -> None:
        super().__init__(
            "the store lost what was written last, as one that is killed may",
            where=f"screening {screening_id!r}",
            try_this="repeat the command with --resume added",
        )


class NotAllowedError(MoodtraceError):
    """A server refuses the user or the password."""

    exit_code = ExitCode.NOT_ALLOWED


class ConfigurationError(MoodtraceError):
    """A setting, a weights file or an optional part is missing or wrong."""

    exit_code = ExitCode.CONFIGURATION
