"""`benchmark.py quality`: how good, pair by pair: ours, rivals run here, and results that others published."""

import importlib.util
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from benchmark_pairs import BenchmarkPair, read_pairs, read_rgb
from benchmark_record import RECORDS, ROOT, SCRATCH, digest, print_table, provenance, summary, write_record
from benchmark_rivals import Method, rivals
from benchmark_sheet import write_sheet
from PIL import Image
from rich.progress import Progress

import photostyle
from photostyle.encoders import load_encoder
from photostyle.metrics import Judge
from photostyle.options import Options, option_names
from photostyle.photo import Photo, write_photo
from photostyle.registry import method_names

OURS = "photostyle"
COLUMNS = ("gram", "swd", "gstruct", "order", "inverted", "aff", "seam", "place", "clipped", "ssim")


def quality(
    pairs: Annotated[Path, typer.Option(help="A folder of pairs: N/content.png..., or the paper's examples/.")] = ROOT.parent
    / "shared/benchmark/pairs",
    only: Annotated[str | None, typer.Option(help="Pairs to take, such as 3,6,9-21.")] = None,
    masks: Annotated[bool, typer.Option(help="Give ours the masks; they are judged by either way.")] = True,
    solver: Annotated[str, typer.Option(help="field, pixels, autoencoder or another method.")] = "field",
    option: Annotated[list[str] | None, typer.Option(help="NAME=VALUE of another option of ours; may be given again.")] = None,
    judge: Annotated[str, typer.Option(help="The encoder that judges gram: compact, vgg19 or vgg16.")] = "compact",
    scorer: Annotated[Path | None, typer.Option(help="A score.py whose numbers are wanted as well.")] = None,
    against: Annotated[bool, typer.Option(help="Run the rivals too, not ours and the published alone.")] = True,
    label: Annotated[str, typer.Option(help="Name of the record, the kept results and the sheet.")] = "quality",
    out: Annotated[Path, typer.Option(help="Folder of the JSON.")] = RECORDS,
    again: Annotated[bool, typer.Option(help="Do pairs again that are done already.")] = False,
) -> None:
    """Quality over a folder of pairs. Stopped and started again, it goes on where it was."""
    given = {"solver": solver, **dict(_option(text) for text in option or [])}
    about = {**provenance(), "options": given, "masks": masks, "judge": judge, "seed": given.get("seed", 0)}
    chosen = read_pairs(pairs, only)
    ours = _Ours(given, masks, about)
    methods: dict[str, Method] = {OURS: ours, **(rivals() if against else {})}
    run = _Run(SCRATCH / label, judge, None if scorer is None else _load_scorer(scorer, pairs), again)
    scores: dict[str, dict[str, dict[str, Any]]] = {}
    with Progress() as progress:
        task = progress.add_task("pairs", total=len(chosen))
        for pair in chosen:
            progress.update(task, description=f"pair {pair.name}")
            for name, score in run.pair(pair, methods, ours.key).items():
                scores.setdefault(name, {})[pair.name] = score
            progress.advance(task)
    record = {**about, "pairs": [p.name for p in chosen], "methods": {n: _summed(s) for n, s in scores.items()}}
    path = write_record(record, label, out)
    _print(record)
    sheet = write_sheet(chosen, list(scores), run.folder)
    print(f"wrote {path.name} and, for the eye, {os.path.relpath(sheet)}")


@dataclass
class _Ours:
    """photostyle with the options given."""

    given: Mapping[str, Any]
    masks: bool
    about: Mapping[str, Any]

    def __post_init__(self):
        Options(**self.given)  # a wrong option is said now
        code = digest(ROOT / "photostyle", ROOT / "matting")
        self.key = json.dumps([code, dict(self.given), self.masks])

    def __call__(self, pair: BenchmarkPair) -> np.ndarray:
        masks = {"content_mask": pair.content_mask, "style_mask": pair.style_mask} if self.masks else {}
        result = photostyle.transfer(pair.content_path, pair.style_path, **masks, **self.given)
        self.seconds = sum(result.seconds.get(stage, 0) for stage in ("look", "solve", "render"))
        return result.photo.pixels


class _Run:
    """Makes, keeps and judges results: folder/METHOD/N.png, and their scores in folder/N.json."""

    def __init__(self, folder: Path, judge: str, scorer: Any, again: bool):
        self.folder, self.scorer, self.again = folder, scorer, again
        self.encoder = load_encoder(judge)
        self.judged_by = [digest(ROOT / "photostyle/metrics"), judge, scorer is not None]

    def pair(self, pair: BenchmarkPair, methods: Mapping[str, Method], our_key: str) -> dict[str, dict[str, Any]]:
        """Method -> its scores of one pair; what was done before with the same code is not done again."""
        kept_at = self.folder / f"{pair.name}.json"
        kept = json.loads(kept_at.read_text()) if kept_at.exists() and not self.again else {}
        self.judge = self.official = None
        found = {}
        for name, source in {**methods, **pair.published}.items():
            key = [self.judged_by, our_key if name == OURS else "1"]
            if kept.get(name, {}).get("key") != key:
                kept[name] = {"key": key, **self._score(pair, name, source)}
                kept_at.parent.mkdir(parents=True, exist_ok=True)
                kept_at.write_text(json.dumps(kept, indent=1), "utf-8")
            found[name] = {k: v for k, v in kept[name].items() if k != "key"}
        return found

    def _score(self, pair: BenchmarkPair, name: str, source: Method | Path) -> dict[str, Any]:
        seconds = None
        if isinstance(source, Path):
            path = source
        else:
            path, begin = self.folder / name.replace(" ", "-") / f"{pair.name}.png", time.perf_counter()
            made = source(pair)
            seconds = getattr(source, "seconds", time.perf_counter() - begin)
            path.parent.mkdir(parents=True, exist_ok=True)
            codes = np.rint(255 * np.stack([pair.content, made]).clip(0, 1)).astype(np.uint8)
            if name == OURS:  # as `photostyle run` writes it
                write_photo(Photo.from_array(codes[0]).with_pixels(made), path)
            else:
                Image.fromarray(codes[1]).save(path)
        if self.judge is None:
            self.judge = Judge(pair.content, pair.style, *pair.masks, self.encoder)
        found = {"seconds": seconds, "values": self.judge.score(read_rgb(path, pair.content.shape[1::-1]))}
        if self.scorer is not None:
            self.official = self.official or self.scorer.Pair(int(pair.name))
            found["official"] = {k: float(v) for k, v in self.official.score(str(path)).items()}
        return found


def _load_scorer(path: Path, pairs: Path) -> Any:
    """The module of a score.py: `Pair(number).score(path)` -> numbers, of the pairs in `PAIRS`."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # where numba looks for what it compiled before
    spec.loader.exec_module(module)
    module.PAIRS = str(pairs)
    return module


def _summed(scores: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The scores of one method over the pairs: each pair's, and their mean, median and spread."""
    found = {"per_pair": scores, "seconds": None}
    for kind in ("values", "official"):
        rows = [s[kind] for s in scores.values() if kind in s]
        if rows:
            found[kind] = {k: summary(row[k] for row in rows) for k in rows[0]}
    if all(s["seconds"] is not None for s in scores.values()):
        found["seconds"] = summary(s["seconds"] for s in scores.values())
    return found


def _print(record: Mapping[str, Any]) -> None:
    for kind in ("values", "official"):
        have = {name: m[kind] for name, m in record["methods"].items() if kind in m}
        if have:
            columns = [c for c in COLUMNS if c in next(iter(have.values()))]
            title = f"mean over {len(record['pairs'])} pairs, {'our metrics' if kind == 'values' else 'the scorer given'}"
            rows = [[name, *(values[c]["mean"] for c in columns)] for name, values in have.items()]
            print_table(title, ["", *columns], rows)


def _option(text: str) -> tuple[str, Any]:
    """NAME=VALUE; the value as JSON where it is that, else as text."""
    name, _, value = text.partition("=")
    known = dict.fromkeys(option for method in method_names() for option in option_names(method))
    if not value or name not in known:
        raise typer.BadParameter(f"expected NAME=VALUE with one of {', '.join(known)}, got {text!r}")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value
