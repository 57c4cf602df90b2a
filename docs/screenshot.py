"""Take the pictures of the explorer in ``docs/screenshots``: ``python docs/screenshot.py http://127.0.0.1:8000``.

The address is that of a running ``make demo``. Needs a Chromium or Chrome, and Pillow (which the extra ``bench``
brings), which makes the pictures small.
"""

# ruff: noqa: INP001 (a script of its own)
from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).parent / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Name of the picture, path of the page, dark or not, size of the window.
PICTURES = (
    ("patterns", "/", False, (1280, 900)),
    ("pattern", "/patterns/97/?after=5&size=10&_plan=1", False, (1280, 1100)),
    ("phone", "/patterns/4/", True, (390, 1000)),
)
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
DARK = "--blink-settings=preferredColorScheme=0"
COLOURS = 192


def main(site: str) -> None:
    """Take every picture."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"no browser found; install one of {', '.join(BROWSERS)}")
    FOLDER.mkdir(exist_ok=True)
    for name, path, dark, (width, height) in PICTURES:
        picture = FOLDER / f"{name}.png"
        with tempfile.TemporaryDirectory() as profile:
            command = [browser, *OPTIONS, *([DARK] if dark else []), f"--user-data-dir={profile}"]
            command += [f"--screenshot={picture}", f"--window-size={width},{height}", site.rstrip("/") + path]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL, timeout=60)
        few = Image.open(picture).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(picture, optimize=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 (the script and the address)
        sys.exit(__doc__)
    main(sys.argv[1])
