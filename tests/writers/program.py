"""The program under test."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import shop


@dataclass(frozen=True)
class Trained:
    """What came of a run."""

    artifact_id: str
    code: int
    message: str


def train(folder: Path, orders: Path, items: Path) -> Trained:
    recipe, settings = folder / "recipe.toml", folder / "erbij.toml"
    recipe.write_text(shop.RECIPE)
    settings.write_text(shop.SETTINGS)
    command = [
        os.environ["ERBIJ"],
        "train",
        "--quiet",
        "--recipe",
        recipe,
        "--config",
        settings,
        "--now",
        shop.NOW,
        "--orders",
        orders,
        "--items",
        items,
        "--out",
        folder / "out",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    words = done.stdout.split()
    return Trained(words[-1] if done.returncode == 0 and words else "", done.returncode, done.stderr.strip())
