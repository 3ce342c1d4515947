"""A studio that is served in a thread, and its page in chromium: failures and requests to other hosts fail the test."""

import base64
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import uvicorn

from photostyle.studio.app import make_app
from photostyle.studio.server import bound_socket
from tests.studio.conftest import LIMITS

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed here")


@contextmanager
def serving(folder, session, limits=LIMITS) -> Iterator[tuple[str, object]]:
    """The address of a studio, and its application."""
    with bound_socket("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        app = make_app(folder, port=port, session=session, segmenter="none", limits=limits)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}/?token={app.state.token}", app
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def browsing(address: str) -> Iterator[object]:
    """The page of a studio at its address."""
    problems = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if _is_problem(message) else None)
        host = address.split("?")[0]
        page.on(
            "request", lambda request: None if request.url.startswith((host, "blob:", "data:")) else problems.append(request.url)
        )
        page.goto(address)
        page.wait_for_selector("#strip figure")
        yield page
        browser.close()
    assert not problems


def _is_problem(message) -> bool:
    """Whether the browser complains of more than an answer that says no."""
    return message.type == "error" and not any(f"status of {status}" in message.text for status in (409, 422))


def wait(page, expression: str) -> None:
    """Until something is so in the page (its policy forbids playwright's own way)."""
    for _ in range(600):
        try:
            if page.evaluate(expression):
                return
        except playwright.Error as error:  # a page that is loaded again has nothing to say meanwhile
            if "context was destroyed" not in str(error):
                raise
        time.sleep(0.1)
    raise AssertionError(f"{expression} is not so; the page says {page.locator('#message').text_content()!r}")


def codes(page, picture: str) -> np.ndarray:
    """(h, w, 4) uint8 of a picture, an expression in the page."""
    text, width, height = page.evaluate(
        f"""(async () => {{
          const picture = await {picture};
          const canvas = new OffscreenCanvas(picture.width, picture.height);
          const context = canvas.getContext("2d");
          context.drawImage(picture, 0, 0);
          const bytes = new Uint8Array(context.getImageData(0, 0, picture.width, picture.height).data.buffer);
          let text = "";
          for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
          return [btoa(text), picture.width, picture.height];
        }})()"""
    )
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)
