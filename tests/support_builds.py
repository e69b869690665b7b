"""Source distributions that build themselves: their backend is inside, so tests need no network."""

from collections.abc import Mapping

from tests.support_index import Content

_PROJECT = """[build-system]
requires = {requires}
build-backend = "backend"
backend-path = ["."]
"""
_BACKEND = """
import base64, hashlib, os, zipfile
NAME, VERSION, REQUIRES = {name!r}, {version!r}, {dependencies!r}
FOLDER = "%s-%s.dist-info" % (NAME, VERSION)
WHEEL = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"

def metadata():
    lines = ["Metadata-Version: 2.1", "Name: " + NAME, "Version: " + VERSION]
    return "\\n".join(lines + ["Requires-Dist: " + each for each in REQUIRES]) + "\\n"

def get_requires_for_build_wheel(config_settings=None):
    return {dynamic!r}

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    os.mkdir(os.path.join(folder, FOLDER))
    with open(os.path.join(folder, FOLDER, "METADATA"), "w") as file:
        file.write(metadata())
    with open(os.path.join(folder, FOLDER, "WHEEL"), "w") as file:
        file.write(WHEEL)
    return FOLDER

def build_wheel(folder, config_settings=None, metadata_directory=None):
    notes = []
{hook}
    files = {{NAME + "/__init__.py": "notes = %r\\n" % (notes,), FOLDER + "/METADATA": metadata(),
              FOLDER + "/WHEEL": WHEEL}}
    files[FOLDER + "/RECORD"] = "".join("%s,,\\n" % path for path in files)
    name = "%s-%s-py3-none-any.whl" % (NAME, VERSION)
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return name
"""


def source(
    name: str,
    version: str,
    *,
    hook: str = "pass",
    requires: tuple[str, ...] = (),
    dynamic: tuple[str, ...] = (),
    dependencies: tuple[str, ...] = (),
) -> Mapping[str, Content]:
    """Lay out a project whose build runs `hook`; what that puts in `notes`, the package holds."""
    indented = "\n".join(f"    {line}" for line in hook.splitlines())
    return {
        "pyproject.toml": _PROJECT.format(requires=list(requires)),
        "backend.py": _BACKEND.format(
            name=name,
            version=version,
            dependencies=list(dependencies),
            dynamic=list(dynamic),
            hook=indented,
        ),
    }
