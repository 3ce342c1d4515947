"""The card of a network: what it is, what it was trained on, and what its licence allows."""

from photostyle.errors import ModelError
from photostyle.models.files import ASSETS
from photostyle.models.known import UNTRIED, model_file
from photostyle.models.record import ModelFile


def card(name: str) -> str:
    """The card of a model as Markdown: the one that ships beside its weights, else one made from what is recorded.

    Raises:
        ModelError: if photostyle knows no model of that name, or the card that ships is missing.
    """
    model = model_file(name)
    if not model.shipped:
        return _recorded(model)
    path = (ASSETS / model.file).with_suffix(".md")
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ModelError(f"the card of {name} ships with photostyle but cannot be read; install photostyle again") from error


def _recorded(model: ModelFile) -> str:
    lines = [
        f"# {model.name}: {model.use}",
        "",
        f"- **Licence**: {model.licence}",
        f"- **Training data**: {model.training}",
        f"- **Weights**: {model.url}",
        f"- **Size**: {model.size / 1e6:.1f} MB",
    ]
    if model.sha256 is not None:
        lines.append(f"- **SHA-256**: {model.sha256}")
    if model.segmenter is not None:
        lines.append(f"- **Network**: SegFormer (Xie et al. 2021) with the encoder {model.segmenter.encoder}")
        lines.append(f"- **Photo as it sees it**: {model.segmenter.long_side} pixels long")
    if not model.tried:
        lines.append(f"- **Untried**: {UNTRIED}")
    return "\n".join(lines) + "\n"
