"""A page in Debian's Chromium, without a window: keys, clicks and pictures, over the DevTools protocol."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions", "--mute-audio"]


class Browser:
    """A browser that shows one page after the other; `errors` are what the scripts of the page complained of."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.number = 0
        self.left = b""
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_read, self.to_write = os.pipe()
        self.to_read, to_write = os.pipe()
        assert CHROMIUM is not None
        words = [CHROMIUM, *QUIET, f"--user-data-dir={self.profile.name}", "--remote-debugging-pipe", "about:blank"]
        # Chromium reads the protocol from file 3 and writes it to file 4.
        shell = f'exec 3<&{to_read} 4>&{to_write}; exec "$@"'
        self.process = subprocess.Popen(
            ["bash", "-c", shell, "bash", *words],
            pass_fds=(to_read, to_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        targets = self.send("Target.getTargets")["targetInfos"]
        target = next(each["targetId"] for each in targets if each["type"] == "page")
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def open(self, path: Path, hash: str = "", width: int = 1280, height: int = 1000, dark: bool = False) -> Self:
        """This browser, when it has loaded the page in a file and the page says that it is ready."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.send("Emulation.setEmulatedMedia", features=scheme)
        self.send("Page.navigate", url="about:blank")  # else only the hash might change
        self.until("location.href === 'about:blank'")
        self.errors.clear()
        self.send("Page.navigate", url=path.as_uri() + hash)
        self.until("document.readyState === 'complete' && document.body.dataset.ready === 'yes'")
        return self

    session = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.to_write)
        os.close(self.to_read)
        self.process.terminate()
        self.process.wait(20)
        self.profile.cleanup()

    def send(self, method: str, **params: Any) -> Any:
        self.number += 1
        told: dict[str, Any] = {"id": self.number, "method": method, "params": params}
        if self.session and not method.startswith("Target."):
            told["sessionId"] = self.session
        os.write(self.to_write, json.dumps(told).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            if answer.get("method") == "Runtime.exceptionThrown":
                self.errors.append(str(answer["params"]["exceptionDetails"]))
            if answer.get("method") == "Log.entryAdded":
                self.errors.append(answer["params"]["entry"]["text"])

    def receive(self) -> dict[str, Any]:
        while b"\0" not in self.left:
            piece = os.read(self.to_read, 1 << 20)
            assert piece, "the browser is gone"
            self.left += piece
        told, _, self.left = self.left.partition(b"\0")
        found: dict[str, Any] = json.loads(told)
        return found

    def js(self, expression: str) -> Any:
        """What an expression comes to, as JSON can hold it."""
        done = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def text(self, id: str) -> str:
        return str(self.js(f"document.getElementById({id!r}).textContent"))

    def until(self, expression: str, tries: int = 300) -> None:
        import time

        for _ in range(tries):
            if self.js(expression):
                return
            time.sleep(0.05)
        raise AssertionError(f"never: {expression}")

    def press(self, key: str, shift: bool = False) -> None:
        text = {"Space": " ", "[": "[", "]": "]"}.get(key)
        told: dict[str, Any] = {"key": text or key, "code": key, "modifiers": 8 if shift else 0}
        self.send("Input.dispatchKeyEvent", type="keyDown", **told, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **told)

    def click(self, x: float, y: float, drag: tuple[float, float] | None = None) -> None:
        def mouse(kind: str, x: float, y: float, buttons: int) -> None:
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=buttons, clickCount=1)

        mouse("mousePressed", x, y, 1)
        if drag:
            mouse("mouseMoved", *drag, 1)
        mouse("mouseReleased", *(drag or (x, y)), 0)

    def box(self, selector: str) -> tuple[float, float, float, float]:
        """(left, top, width, height) of an element, in the window."""
        found = self.js(
            f"(b => [b.left, b.top, b.width, b.height])(document.querySelector({selector!r}).getBoundingClientRect())"
        )
        left, top, width, height = found
        return left, top, width, height

    def picture(self, path: Path) -> Path:
        """The file to which a picture of the whole page is written."""
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))
        return path
