"""The file of a transform: what is saved is what is loaded, and what is none is said in one line."""

import json
import zlib

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from photostyle import Amounts, FileError, PhotoError, load_transform
from photostyle.photo import resample


def parts(path):
    """The facts and tensors of a file."""
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return json.loads(file.metadata()["photostyle"]), tensors


def test_a_saved_transform_gives_the_same_photo(transform, content, tmp_path):
    transform.save(tmp_path / "made.safetensors")
    again = load_transform(tmp_path / "made.safetensors")
    assert type(again) is type(transform)
    made, same = again.provenance, transform.provenance
    assert (made.method, made.pairs, made.style, made.size, made.content) == (
        same.method,
        same.pairs,
        same.style,
        same.size,
        same.content,
    )
    for amounts in (Amounts(), Amounts("0.8,left=0.4", chroma=1.5)):
        first, second = (each.apply(content, amounts).photo.pixels for each in (transform, again))
        assert np.abs(first - second).max() < (0.5 / 255 if transform.kind == "picture" else 1e-5)
        assert np.abs(first - second).mean() < 1e-4
    again.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "made.safetensors").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.safetensors", "made.safetensors"]


def test_a_loaded_transform_knows_its_photo(transform_of_one_photo, content, a_photo, prepared_halves, tmp_path):
    transform_of_one_photo.save(tmp_path / "made.safetensors")
    again = load_transform(tmp_path / "made.safetensors")
    again.apply(content.photo)
    again.apply(prepared_halves(resample(content.photo.pixels, (420, 300))))
    with pytest.raises(PhotoError, match="this is another photo"):
        again.apply(a_photo(seed=5))
    assert again.apply(a_photo(seed=5), force=True).photo.size == (210, 150)


def of_0_1(transform, path, version="2"):
    """The file that photostyle 0.1 wrote of a field, as its `save_field` did."""
    codes = (transform.regions.masks * 255).round().to(torch.uint8).numpy()
    facts = {
        "names": transform.regions.names,
        "colours": transform.regions.colours,
        "pairs": [vars(pair) for pair in transform.provenance.pairs],
        "style": "dusk.png",
        "encoder": "compact",
        "size": [210, 150],
        "hard": False,
        "masks": list(codes.shape),
    }
    tensors = {
        "table": transform.field.table,
        "masks": torch.from_numpy(np.frombuffer(zlib.compress(codes.tobytes(), 6), np.uint8).copy()),
    }
    save_file(tensors, path, {"kind": "photostyle field", "version": version, "facts": json.dumps(facts)})
    return path


def test_a_field_of_photostyle_0_1_is_read(transform_for, content, a_photo, tmp_path):
    field = transform_for("field", content)
    old = load_transform(of_0_1(field, tmp_path / "old.safetensors"))
    np.testing.assert_allclose(old.apply(content).photo.pixels, field.apply(content).photo.pixels, atol=1e-5)
    assert old.provenance.method == "field" and old.provenance.encoder == "compact" and old.provenance.identity is None
    assert [pair.content for pair in old.provenance.pairs] == ["left", "right"]
    old.apply(a_photo(seed=5))  # it does not know its photo, so none is refused
    with pytest.raises(FileError, match="is a field of a photostyle before 0.1.0, which is not read any more; make it again"):
        load_transform(of_0_1(field, tmp_path / "older.safetensors", "1"))


def test_a_newer_version_is_said_and_nothing_else(transform, tmp_path):
    path = tmp_path / "made.safetensors"
    transform.save(path)
    facts, tensors = parts(path)
    save_file(tensors, path, {"photostyle": json.dumps(facts | {"version": 99})})
    with pytest.raises(FileError) as told:
        load_transform(path)
    assert str(told.value) == f"{path}: is a transform of version 99, newer than 3; update photostyle"


def broken_files(folder, transform):
    """Files that are no transforms, each with a word of what is to be said."""
    good = folder / "good.safetensors"
    transform.save(good)
    facts, tensors = parts(good)

    def written(name, change=None, **new):
        save_file({**tensors, **(change or {})}, folder / name, {"photostyle": json.dumps(facts | new)})
        return folder / name

    (folder / "cut").write_bytes(good.read_bytes()[:-40])
    (folder / "text").write_text("no transform")
    (folder / "empty").write_bytes(b"")
    save_file(tensors, folder / "bare")
    yield folder / "missing", "no such transform"
    for name in ("cut", "text", "empty", "bare"):
        yield folder / name, "transform"
    yield written("kind", kind="look"), "its kind is 'look'"
    yield written("unknown", transform="painting"), "unknown kind 'painting'"
    yield written("version", version="new"), "transform"
    yield written("facts", provenance=None), "transform"
    if "regions" in facts:
        yield written("endless", regions=facts["regions"] | {"masks": [2, float("inf"), 3]}), "transform"
    save_file(tensors, folder / "deep", {"photostyle": "[" * 100_000})
    yield folder / "deep", "transform"
    main = "picture" if "picture" in tensors else "table"
    yield written("shape", {main: tensors[main][:1].contiguous()}), "transform"
    yield written("numbers", {main: torch.full_like(tensors[main], float("nan"))}), "is broken"
    if "masks" in tensors:
        yield written("masks", {"masks": tensors["masks"][:9].contiguous()}), "masks"
        yield written("names", regions=facts["regions"] | {"names": ["one"]}), "do not agree"
        yield written("large", regions=facts["regions"] | {"masks": [2, 1 << 20, 1 << 20]}), "masks are broken"


def test_what_is_no_transform_is_one_clear_line(transform, tmp_path):
    for path, words in broken_files(tmp_path, transform):
        with pytest.raises(FileError, match=words) as told:
            load_transform(path)
        assert "\n" not in str(told.value) and str(path) in str(told.value), path


def test_a_file_that_cannot_be_written_is_said(transform, tmp_path):
    with pytest.raises(FileError, match="the transform cannot be written .* choose another place"):
        transform.save(tmp_path / "missing" / "made.safetensors")
