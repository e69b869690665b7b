"""A real browser for tests of pages, driven through its debugging pipe: no driver to install."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)


def browser_path() -> str | None:
    """Find a browser on this machine."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Tab:
    """One page in the browser. `events` are all that the browser told, in order."""

    def __init__(self, write: int, read: int) -> None:
        self._write = os.fdopen(write, "wb", buffering=0)
        self._read = os.fdopen(read, "rb")
        self._session = ""
        self._count = 0
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Emulation.setFocusEmulationEnabled"):
            if "." in domain:
                self.call(domain, enabled=True)
            else:
                self.call(f"{domain}.enable")

    def close(self) -> None:
        """Close the pipes: the browser ends with them."""
        self._write.close()
        self._read.close()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and wait for its answer."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._write.write(json.dumps(message).encode() + b"\0")
        while True:
            heard = self._hear()
            if heard.get("id") == self._count:
                assert "error" not in heard, f"{method}: {heard['error']}"
                result: dict[str, Any] = heard["result"]
                return result

    def wait_for(self, event: str) -> None:
        """Wait until the browser tells an event that it has not told yet."""
        while not any(e["method"] == event for e in self.events):
            self._hear()

    def _hear(self) -> dict[str, Any]:
        data = bytearray()
        while (byte := self._read.read(1)) != b"\0":
            assert byte, "the browser ended"
            data += byte
        heard: dict[str, Any] = json.loads(data)
        if "method" in heard:
            self.events.append(heard)
        return heard

    def open(self, path: Path, *, width: int, height: int = 900, dark: bool = False) -> None:
        """Open a file at a width, in one of the two colour schemes."""
        self.events.clear()
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.call("Page.navigate", url=path.as_uri())
        self.wait_for("Page.loadEventFired")

    def ask(self, script: str) -> Any:
        """Evaluate a script in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def complaints(self) -> list[str]:
        """Everything on the console, all violations of the policy and all exceptions."""
        told = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
        return [json.dumps(e["params"]) for e in self.events if e["method"] in told]

    def requests(self) -> list[str]:
        """The addresses that were asked for."""
        sent = (e for e in self.events if e["method"] == "Network.requestWillBeSent")
        return [e["params"]["request"]["url"] for e in sent]

    def picture(self, target: Path, *, top: int = 0, height: int | None = None) -> None:
        """Save what is seen, or a part of the page."""
        shot: dict[str, Any] = {"format": "png"}
        if height:
            width = self.ask("innerWidth")
            shot["clip"] = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
            shot["captureBeyondViewport"] = True
        target.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", **shot)["data"]))


@contextmanager
def tab(profile: Path) -> Iterator[Tab]:
    """Start a browser with an empty profile and close it."""
    path = browser_path()
    assert path, "no browser"
    to_child, write = os.pipe()
    read, from_child = os.pipe()
    # The browser reads its orders from descriptor 3 and answers on descriptor 4.
    wiring = 'exec "$0" "$@" 3<&"$FROM" 4>&"$TO"'
    command = ["bash", "-c", wiring, path, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    environment = {**os.environ, "FROM": str(to_child), "TO": str(from_child)}
    process = subprocess.Popen(
        command,
        env=environment,
        pass_fds=(to_child, from_child),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_child)
    os.close(from_child)
    page = Tab(write, read)
    try:
        yield page
    finally:
        page.close()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
