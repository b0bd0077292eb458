"""Addresses of files elsewhere: object stores, Hadoop and the web, each through `fsspec`.

Only this module knows `fsspec`. Every failure of a file system, whatever class its library
raises, becomes an error of ours that names the address and what to do.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path, PosixPath
from typing import IO, Any, NamedTuple

from sentiment.errors import DataError, SentimentError, Unreachable, UsageError

INSTALL = "pip install -r requirements/remote.txt"
_BLOCK_BYTES = 1 << 20  # fetched at once: little where only the first rows are looked at


class Scheme(NamedTuple):
    """What an address of one kind needs."""

    packages: str
    """What to install for it."""
    credentials: str
    """Where its file system finds them."""
    variables: tuple[str, ...]
    """How the names of the environment variables begin that it reads."""
    writable: bool = True
    has_buckets: bool = True


_S3 = Scheme(
    "s3fs",
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; AWS_ENDPOINT_URL for a "
    "server of your own.",
    ("AWS_",),
)
_GOOGLE = Scheme(
    "gcsfs", "Set GOOGLE_APPLICATION_CREDENTIALS.", ("GOOGLE_", "STORAGE_EMULATOR_HOST")
)
_AZURE = Scheme(
    "adlfs", "Set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY.", ("AZURE_",)
)
_HADOOP = Scheme(
    "pyarrow",
    "Set HADOOP_HOME and JAVA_HOME, and CLASSPATH to what `hadoop classpath --glob` prints.",
    ("HADOOP_", "JAVA_HOME", "CLASSPATH", "ARROW_LIBHDFS_DIR", "KRB5"),
    has_buckets=False,
)
_WEB = Scheme("aiohttp", "Pass an address that anyone may read.", (), False, False)
SCHEMES = {
    "s3": _S3,
    "gs": _GOOGLE,
    "abfs": _AZURE,
    "abfss": _AZURE,
    "https": _WEB,
    "http": _WEB,
    "hdfs": _HADOOP,
}
"""What can be read, by the word before `://`."""


class RemotePath(PosixPath):
    """An address such as `s3://bucket/reviews/a.csv`, with the names and parts of a path.

    Whatever takes a path apart or builds another one works on it; `sentiment.data.files`
    opens it. What would look at this machine's disk is answered by the address's server.
    """

    def __str__(self) -> str:
        return re.sub(r"^(\w+):/(?!/)", r"\1://", super().__str__())

    @property
    def scheme(self) -> str:
        """The word before `://`."""
        return self.parts[0].rstrip(":")

    @property
    def name(self) -> str:
        """The last part; of an address in the web without what follows `?`."""
        last = super().name
        return re.split("[?#]", last)[0] if SCHEMES.get(self.parts[0].rstrip(":")) is _WEB else last

    def resolve(self, strict: bool = False) -> "RemotePath":  # noqa: ARG002 -- as of `Path`
        """Return the address as it is: there are no links."""
        return self

    def is_file(self) -> bool:
        """Return whether there is something to read."""
        found = info(self)
        return found is not None and found["type"] == "file"

    def is_dir(self) -> bool:
        """Return whether files lie under it; in the web, which cannot list them, never."""
        found = None if SCHEMES[self.scheme] is _WEB else info(self)
        return found is not None and found["type"] == "directory"

    def exists(self) -> bool:
        """Return whether it is a file, or files lie under it."""
        return info(self) is not None


def path_of(text: str) -> Path:
    """Return what the command line names: an address if it holds `://`, else a path on disk.

    Raises `UsageError` for an address of a kind that is not known.
    """
    scheme, found, _ = text.partition("://")
    if not found:
        return Path(text)
    if scheme not in SCHEMES:
        raise UsageError(
            f"{text} is an address of no known kind.", f"Known are {'://, '.join(SCHEMES)}://."
        )
    return RemotePath(text)


@contextlib.contextmanager
def told(path: Path, done: str = "read") -> Iterator[None]:
    """Raise what goes wrong inside as an error of ours about `path`, in one line."""
    try:
        yield
    except SentimentError:
        raise
    except Exception as error:  # each library has classes of its own, with no common base
        raise _translated(path, error, done) from None


def file_system(path: Path) -> tuple[Any, str]:
    """Return the `fsspec` file system of an address, and how that one names it."""
    from fsspec.core import url_to_fs

    with told(path):
        found: tuple[Any, str] = url_to_fs(str(path), use_listings_cache=False)
        return found


def info(path: Path) -> dict[str, Any] | None:
    """Return what the file system knows of an address: at least `type` and `size`.

    It is None where nothing is. Raises `DataError` if not even the bucket is there.
    """
    scheme = SCHEMES[str(path).partition("://")[0]]
    system, name = file_system(path)
    with told(path):
        try:
            found: dict[str, Any] = system.info(name)
            return found
        except FileNotFoundError as error:
            if _web_failure(path, error) is not None:
                raise
    bucket, _, inside = name.partition("/")
    if inside and scheme.has_buckets:
        with told(path):
            _require_bucket(system, bucket, path)
    return None


def _require_bucket(system: Any, bucket: str, path: Path) -> None:
    try:
        system.info(bucket)
    except FileNotFoundError:
        raise DataError(
            f"No such bucket: {bucket!r}, of {path}.", "Make it, or name another."
        ) from None
    except PermissionError:
        return  # one may be allowed to read in a bucket without asking about it


def open_remote(path: Path) -> IO[bytes]:
    """Open a file at an address for reading; its own errors are not translated yet."""
    system, name = file_system(path)
    with told(path):
        opened: IO[bytes] = system.open(name, "rb", block_size=_BLOCK_BYTES)
        return opened


def identity(path: Path) -> str | None:
    """Return what changes when the content of a file does, as its server tells; else None."""
    found = {key.lower().replace("_", ""): value for key, value in (info(path) or {}).items()}
    for key in ("etag", "md5hash", "contentmd5", "mtime", "lastmodified", "modified"):
        if value := found.get(key):
            return f"{key} {value}, {found.get('size')} bytes"
    return None


def listing(folder: Path) -> list[Path]:
    """Return the files under an address, sorted."""
    system, name = file_system(folder)
    with told(folder):
        found = system.find(name, detail=True)
    start, paths = f"{name.rstrip('/')}/", []
    for each, what in found.items():
        inside = each.removeprefix(start)
        if what["type"] != "file" or inside.endswith("/"):
            continue  # an empty object that stands for a folder
        path = folder / inside
        if str(path.relative_to(folder)) != inside:
            raise DataError(
                f"{folder} holds {inside!r}, in which a name is empty or a dot.", "Rename it."
            )
        paths.append(path)
    return sorted(paths)


def write(path: Path, content: bytes) -> None:
    """Write a file at an address that appears whole or not at all."""
    system, name = _writable(path)
    with told(path, "written"), _appearing(path, system, name) as place:
        system.pipe_file(place, content)


def upload(source: Path, path: Path) -> None:
    """Copy a file on disk to an address, where it appears whole or not at all."""
    system, name = _writable(path)
    with told(path, "written"), _appearing(path, system, name) as place:
        system.put_file(str(source), place)


def remove(path: Path) -> None:
    """Remove a file, or everything under an address; it need not be there."""
    system, name = _writable(path)
    with told(path, "removed"), contextlib.suppress(FileNotFoundError):
        system.rm(name, recursive=True)


def require_writable(path: Path) -> None:
    """Raise `UsageError` if an address is of a kind that is only read."""
    if isinstance(path, RemotePath) and not SCHEMES[path.scheme].writable:
        raise UsageError(
            f"{path} can only be read.",
            "Name an output on disk, or at an address of another kind.",
        )


def _writable(path: Path) -> tuple[Any, str]:
    require_writable(path)
    return file_system(path)


@contextlib.contextmanager
def _appearing(path: Path, system: Any, name: str) -> Iterator[str]:
    """Provide the name to write to; an object store shows nothing before all is there."""
    if SCHEMES[str(path).partition("://")[0]] is not _HADOOP:
        yield name
        return
    folder, _, last = name.rpartition("/")
    system.makedirs(folder, exist_ok=True)
    yield f"{folder}/.{last}"
    system.mv(f"{folder}/.{last}", name)


def _web_failure(path: Path, error: Exception) -> Exception | None:
    """Return why the web did not give a file, if not because there is none.

    `fsspec` says that a file is not there whatever has failed, a name or a connection too.
    """
    cause = error.__cause__
    is_web = SCHEMES[str(path).partition("://")[0]] is _WEB
    if not is_web or not isinstance(error, FileNotFoundError) or not isinstance(cause, Exception):
        return None
    status = getattr(cause, "status", None)
    if status in (401, 403):
        return PermissionError(str(cause))
    return None if status in (404, 410) else cause


def _translated(path: Path, error: Exception, done: str) -> SentimentError:
    scheme = SCHEMES[str(path).partition("://")[0]]
    error = _web_failure(path, error) or error
    reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    if isinstance(error, ImportError):
        return UsageError(
            f"{path} needs a package that is not installed: {scheme.packages}.", f"Run: {INSTALL}"
        )
    if isinstance(error, FileNotFoundError):
        return DataError(f"{path} is not there: {reason}.", "Pass one that is there.")
    if isinstance(error, PermissionError) or "credential" in f"{type(error)} {reason}".lower():
        return UsageError(f"{path} may not be {done}: {reason}.", scheme.credentials)
    if scheme is _HADOOP and "lib" in reason:  # neither libhdfs nor a Java machine is found
        return UsageError(f"{path} cannot be {done}: {reason}.", scheme.credentials)
    return Unreachable(f"{path} cannot be {done}: {reason}.")
