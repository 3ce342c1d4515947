"""Weights between two files of one network, as a share of the way from the first to the second (Wortsman et al. 2022, WiSE-FT).

    python scripts/mix_weights.py before.safetensors after.safetensors 0.7 --out photostyle/assets/scene.safetensors

What a network learned anew it keeps most of, and what it forgot on the way mostly comes back.
"""

import argparse
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("share", type=float, help="0 is the first file, 1 the second")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    with safe_open(arguments.before, "pt") as before, safe_open(arguments.after, "pt") as after:
        if set(before.keys()) != set(after.keys()):
            parser.error(f"{arguments.before} and {arguments.after} are of different networks; give two files of one")
        mix = lambda one, other: torch.lerp(one.float(), other.float(), arguments.share).to(other.dtype).contiguous()
        state = {key: mix(before.get_tensor(key), after.get_tensor(key)) for key in after.keys()}  # noqa: SIM118 (no dict)
        save_file(state, arguments.out, metadata=after.metadata())
    arguments.out.chmod(0o644)


if __name__ == "__main__":
    main()
