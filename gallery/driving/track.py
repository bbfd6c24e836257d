"""The simulator, CarRacing-v3 of gymnasium, and a script that drives in it because it sees the track's coordinates."""

from __future__ import annotations

import importlib
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gallery.driving.driving import Controls
from PIL import Image

PACKAGES = Path(__file__).parent / "data" / "packages"
NEEDED = ("gymnasium==1.4.0", "farama-notifications==0.0.6", "cloudpickle==3.1.3", "box2d==2.3.10", "pygame==2.6.1")
LONGEST = 1000
"""Steps, fifty a second, after which a drive ends."""
EACH = 2
"""Steps for which a driver's controls hold."""
NEAR, FAR = 7.0, 0.28
"""Metres that the script looks ahead, and metres more for each metre a second."""
TURN, GRIP, BRAKE = 1.3, 140.0, 20.0
"""How hard it steers; how much it may be pressed aside and forward, in metres per second squared."""
SLOWEST, FASTEST = 11.0, 75.0
"""Metres a second between which it drives."""
MOST_GAS, CALM = 0.9, 1.25
"""The most gas that it gives, and how much less where it steers: wheels that pull do not hold the road."""
LOOK = tuple(range(0, 90, 6))
"""Metres ahead at which it looks how sharp the road bends."""


def simulator() -> Any:
    """The simulator's module, its packages got beside the examples; nothing is installed."""
    if not (PACKAGES / "gymnasium").exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--target", PACKAGES, *NEEDED], check=True)
    if str(PACKAGES) not in sys.path:
        sys.path.append(str(PACKAGES))
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    return importlib.import_module("gymnasium")


@dataclass(frozen=True)
class Moment:
    """A view, and what the script would do."""

    view: Image.Image
    wanted: Controls


class Drive:
    """One drive on a track, which its number determines."""

    def __init__(self, track: int, seen: bool = True) -> None:
        self.env = simulator().make("CarRacing-v3", max_episode_steps=LONGEST)
        self.inside = self.env.unwrapped
        self.draw = self.inside._render
        self.blind(True)
        self.env.reset(seed=track)
        self.seen = seen
        self.score = 0.0
        self.over = False
        for _ in range(40):  # the camera comes down
            self.step(Controls(0.0, 0.0, 0.0))
        self.middle = np.array([[x, y] for _, _, x, y in self.inside.track])

    def blind(self, blind: bool) -> None:
        """Whether the next steps draw nothing, which takes most of the time."""
        self.inside._render = (lambda mode: np.zeros((96, 96, 3), np.uint8)) if blind else self.draw

    def step(self, controls: Controls) -> np.ndarray:
        """One step; what is seen after it."""
        wanted = np.array([controls.steer, controls.gas, controls.brake], np.float32)
        view, reward, ended, cut, _ = self.env.step(np.clip(wanted, [-1, 0, 0], 1).astype(np.float32))
        self.score += float(reward)
        self.over = self.over or ended or cut
        return np.asarray(view)

    def moments(self, driver: Callable[[Moment], Controls]) -> Iterator[Moment]:
        """Every moment of the drive, the driver asked what to do in each."""
        controls = Controls(0.0, 0.0, 0.0)
        while not self.over:
            for _ in range(EACH - 1):
                self.step(controls)
            self.blind(not self.seen)
            view = Image.fromarray(self.step(controls))
            self.blind(True)
            moment = Moment(view, self.script())
            yield moment
            controls = driver(moment)

    def script(self) -> Controls:
        """What a driver does who knows where the road is: pure pursuit of a point ahead (Coulter, 1992), at a speed
        that the bends allow."""
        hull = self.inside.car.hull
        place, speed = np.array(hull.position), math.hypot(*hull.linearVelocity)
        nearest = int(((self.middle - place) ** 2).sum(axis=1).argmin())
        ahead = self.ahead(nearest, NEAR + FAR * speed) - place
        sharp = math.atan2(-ahead[0], ahead[1]) - hull.angle
        sharp = (sharp + math.pi) % (2 * math.pi) - math.pi
        bends = [(far, max(self.bend(nearest, far), 1e-4)) for far in LOOK]
        slow = min(math.sqrt(GRIP / bend + 2 * BRAKE * far) for far, bend in bends)
        limit = float(np.clip(slow, SLOWEST, FASTEST))
        steer = float(np.clip(-TURN * sharp, -1, 1))
        if speed > limit + 2:
            return Controls(steer, 0.0, float(np.clip((speed - limit) / 40, 0.02, 0.4)))
        gas = float(np.clip((limit - speed) / 12, 0, MOST_GAS)) * max(0.0, 1 - CALM * abs(steer))
        return Controls(steer, gas, 0.0)

    def ahead(self, nearest: int, distance: float) -> np.ndarray:
        """The point of the middle of the road so many metres farther."""
        place = nearest
        while distance > 0:
            step = self.middle[(place + 1) % len(self.middle)] - self.middle[place % len(self.middle)]
            distance -= float(np.hypot(*step))
            place += 1
        found: np.ndarray = self.middle[place % len(self.middle)]
        return found

    def bend(self, nearest: int, distance: float) -> float:
        """How sharply the road turns so many metres farther, as 1 / radius."""
        a, b, c = (self.ahead(nearest, distance + far) for far in (0.01, 6, 12))
        one, two = b - a, c - b
        turn = math.atan2(one[0] * two[1] - one[1] * two[0], float(one @ two))
        return abs(turn) / max(1e-6, float(np.hypot(*two)))
