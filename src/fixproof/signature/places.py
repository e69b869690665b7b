"""What a path in a stack says: the module, whose code it is, and the distribution."""

import re
from functools import lru_cache

from fixproof.model.failures import Frame, Origin
from fixproof.signature.lazy import lazily

SCRIPT = "<script>"
_INSTALLED = lazily(r".*(?:^|/)(?:site-packages|dist-packages)/(.+)", re.IGNORECASE)
# A package inside an archive or an installer's cache; the archive's name tells the distribution.
_ARCHIVE = lazily(r"(?:.*/)?(?P<name>[\w.]+?)-\d[^/]*\.(?:whl|egg|zip)/(?P<rest>.+)", re.IGNORECASE)
_CACHED = lazily(r".*/(?:archive-v\d+|wheels-v\d+)/[^/]+/(.+)")
_STANDARD = lazily(
    r".*(?:/|^)(?:lib(?:32|64)?/)?(?:python|pypy)\d(?:\.\d+)*t?/(?!site-packages|dist-packages)(.+)"
)
_STANDARD_ZIP = lazily(r".*/python\d+\.zip/(.+)", re.IGNORECASE)
_STANDARD_WINDOWS = lazily(
    r"(?:.*/)?(?:[^/]*(?:python|conda|pypy)[^/]*|envs/[^/]+)/lib/"
    r"(?!site-packages|dist-packages)(.+)",
    re.IGNORECASE,
)
_FROZEN = lazily(r"<frozen ([\w.]+)>")
_STUB = lazily(r".*/(?:bin|scripts)/[^/]+$", re.IGNORECASE)
_COMPILED = lazily(r"(?:src/|\./)?([\w.-]+(?:/[\w.-]+)*\.(?:pyx|pxd|pxi|pyx\.in|rs|c|cpp))")
_LIB_DYNLOAD = "lib-dynload/"


@lru_cache(maxsize=4096)
def place(path: str) -> tuple[str, Origin, str | None]:
    """Find module, origin and distribution of a path as a stack says it."""
    if path.startswith("<"):
        return _pseudo(path)
    unified = path.replace("\\", "/")
    return _installed(unified) or _standard(unified) or _elsewhere(unified)


def frame(path: str, function: str, line: int | None, source: str | None = None) -> Frame:
    """Make a frame of what the text said, with its place found."""
    module, origin, distribution = place(path)
    return Frame(
        path=path,
        module=module,
        function=function,
        line=line,
        source=source,
        origin=origin,
        distribution=distribution,
    )


def _pseudo(path: str) -> tuple[str, Origin, str | None]:
    """Frames without a file: frozen modules, consoles, cells, generated code."""
    if match := _FROZEN.fullmatch(path):
        return match[1].replace(".", "/") + ".py", Origin.STDLIB, None
    if "generated" in path or "internals" in path or "decorator-gen" in path:
        return "<generated>", Origin.UNKNOWN, None
    return SCRIPT, Origin.USER, None


def _standard(path: str) -> tuple[str, Origin, str | None] | None:
    for pattern in (_STANDARD_ZIP, _STANDARD, _STANDARD_WINDOWS):
        if match := pattern.fullmatch(path):
            return match[1].removeprefix(_LIB_DYNLOAD), Origin.STDLIB, None
    return None


def _elsewhere(path: str) -> tuple[str, Origin, str | None]:
    """Compiled modules tell their source's place; a checkout has `src`; the rest is the user's."""
    if match := _COMPILED.fullmatch(path):
        return match[1], Origin.PACKAGE, _owner(match[1])
    _, marker, inside = f"/{path}".rpartition("/src/")
    if marker and "/" in inside and not _STUB.fullmatch(path):
        return inside, Origin.UNKNOWN, None
    return SCRIPT, Origin.USER, None


def _installed(path: str) -> tuple[str, Origin, str | None] | None:
    match = _INSTALLED.fullmatch(path)
    inside = match[1] if match else path
    if archive := _ARCHIVE.fullmatch(inside):
        return archive["rest"], Origin.PACKAGE, _name(archive["name"])
    if match is None and (cached := _CACHED.fullmatch(path)):
        inside = cached[1]
    elif match is None:
        return None
    return inside, Origin.PACKAGE, _owner(inside)


def _owner(module: str) -> str:
    """Name the top-level package: all that a path tells about a distribution."""
    return _name(module.split("/", 1)[0].split(".", 1)[0])


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
