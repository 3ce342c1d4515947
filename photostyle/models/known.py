"""The one list of networks that photostyle knows, and what is derived from it: names, choices and their order."""

from photostyle.errors import ModelError, OptionError
from photostyle.models.record import ModelFile, Role, SegmenterNetwork

_IMAGENET = "ImageNet-1k (research use; weights published for any use by PyTorch)"


def _trained_by_us(name: str, role: Role, *, sha256: str, size: int, use: str, training: str) -> ModelFile:
    """A network that ships, trained by us on photos of which most are for research."""
    return ModelFile(
        name=name,
        role=role,
        file=f"{name}.safetensors",
        url=None,
        sha256=sha256,
        size=size,
        use=use,
        licence=f"for research and other non-commercial use, as its training photos; see its card: photostyle models show {name}",
        training=training,
        commercial=False,
        shipped=True,
    )


_COMPACT = ModelFile(
    name="compact",
    role="encoder",
    file="compact.safetensors",
    url=None,
    sha256="2aedc5b94e3f8eafcb91af43d4f39836a44ab38d88be18fba424bdf6876632f9",
    size=715_044,
    use="encoder with four levels; the default",
    licence="MIT",
    training="distilled from PCA-KD's VGG-19 encoder; see its card: photostyle models show compact",
    shipped=True,
    preference=1,
)
_COMPACT5 = ModelFile(
    name="compact5",
    role="encoder",
    file="compact5.safetensors",
    url=None,
    sha256="776c8d25d3bfca78bf30d0b9786ac49273c903a9ce34d3ca864258a1cd9136a6",
    size=2_225_560,
    use="encoder with five levels, for painting",
    licence="MIT",
    training="distilled from VGG-19 and a network that others distilled from it; see its card: photostyle models show compact5",
    shipped=True,
)
_SCENE = ModelFile(
    name="scene",
    role="segmenter",
    file="scene.safetensors",
    url=None,
    sha256="7ed9a9d0cc41f7c446b315254a9a5cef16c84d645572421fd969a2c98850f037",
    size=9_521_156,
    use="segmenter with 14 classes; the default",
    licence="for research and other non-commercial use, as its training photos; see its card: photostyle models show scene",
    training="photos labelled by people (BSDS500, MSRC, LabelMeFacade, CamVid, COCO, ADE20K) and by networks (ADE20K, VOC)",
    commercial=False,
    shipped=True,
    preference=1,
    segmenter=SegmenterNetwork(encoder="tu-regnety_004", decoder_channels=96, long_side=384),
)
_AUTOENCODER = _trained_by_us(
    "autoencoder",
    "autoencoder",
    sha256="a782a4cd9ec7e5df4989d9ceeda0f7ddd0de957471165081ac9563cc2dd1c7d7",
    size=26_886,
    use="gives a photo back, and puts the style of another into it on the way; of the method autoencoder",
    training="photos without labels (ImageNet, BSDS500, Urban100, Sun-Hays, low-light sets, food, insects, landscapes, skies)",
)
_PAINTERS = _trained_by_us(
    "painters",
    "network",
    sha256="5b2a4e76b11169ee546dde29797d41434ae7f4aba68a310a9b20a8ffac1f0bef",
    size=576_270,
    use="paints in the styles of sixteen paintings; of the method network",
    training="photos without labels (as autoencoder), and sixteen paintings in the public domain",
)
_ANY = _trained_by_us(
    "any",
    "network",
    sha256="29254d4061e3a1610cf443d3fb187ca94cc9dbfdeb5c62554a68ff158c50e968",
    size=1_037_426,
    use="paints in the style of a picture that it is given; of the method network",
    training="photos without labels (as autoencoder), and 247 paintings in the public domain",
)
_RESTORE = _trained_by_us(
    "restore",
    "network",
    sha256="44f853e7b513ed3d8316ca4b206beb72f7d630a4fd22627cb08543e6794680d7",
    size=1_554_792,
    use="gives faded colour prints back black, white and balance; of the method network",
    training="photos without labels (as autoencoder), a part of them aged by a simulation",
)
_NINETEENTH = _trained_by_us(
    "nineteenth",
    "network",
    sha256="6ffd20b5ffc278f53ed6f4aaf6bf13bea966aeea9634ea3c4080acc7a6b34b46",
    size=1_100_156,
    use="paints a photo as paintings of the nineteenth century are painted; of the method network",
    training="photos without labels (BSDS500, Sun-Hays, Urban100, skies, landscapes), and 95 paintings in the public domain",
)
_VGG19 = ModelFile(
    name="vgg19",
    role="encoder",
    file="vgg19-dcbb9e9d.pth",
    url="https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
    sha256="dcbb9e9d",
    size=574_673_361,
    use="encoder of the paper, five levels",
    licence="BSD-3-Clause (torchvision)",
    training=_IMAGENET,
    preference=2,
)
_VGG16 = ModelFile(
    name="vgg16",
    role="encoder",
    file="vgg16-397923af.pth",
    url="https://download.pytorch.org/models/vgg16-397923af.pth",
    sha256="397923af",
    size=553_433_881,
    use="encoder, five levels",
    licence="BSD-3-Clause (torchvision)",
    training=_IMAGENET,
)


UNTRIED = "never run by photostyle's authors with these weights, only with files of their format; look at what it finds first"


def _segformer(number: int, *, side: int, decoder_channels: int, megabytes: int) -> ModelFile:
    """A SegFormer (Xie et al. 2021) as segmentation-models-pytorch publishes it.

    Its SHA-256 is not known here; `fetch` checks that what comes is a whole safetensors file.
    """
    hub = f"https://huggingface.co/smp-hub/segformer-b{number}-{side}x{side}-ade-160k/resolve/main"
    return ModelFile(
        name=f"ade20k-b{number}",
        role="segmenter",
        file=f"ade20k-b{number}/model.safetensors",
        url=f"{hub}/model.safetensors",
        sha256=None,
        size=megabytes * 1_000_000,
        use="segmenter; the 150 classes of ADE20K, mapped to 14",
        licence="NVIDIA source code licence for SegFormer: research and evaluation only, NOT for commercial use",
        training="ADE20K (non-commercial research), after ImageNet-1k",
        commercial=False,
        preference=2 + number,
        segmenter=SegmenterNetwork(encoder=f"mit_b{number}", decoder_channels=decoder_channels, long_side=side),
        tried=False,
    )


_SEGFORMERS = (
    _segformer(0, side=512, decoder_channels=256, megabytes=15),
    _segformer(1, side=512, decoder_channels=256, megabytes=55),
    _segformer(2, side=512, decoder_channels=768, megabytes=110),
    _segformer(3, side=512, decoder_channels=768, megabytes=190),
    _segformer(4, side=512, decoder_channels=768, megabytes=257),
    _segformer(5, side=640, decoder_channels=768, megabytes=340),
)

MODELS: dict[str, ModelFile] = {
    model.name: model
    for model in (_COMPACT, _COMPACT5, _SCENE, _AUTOENCODER, _PAINTERS, _ANY, _RESTORE, _NINETEENTH, _VGG19, _VGG16, *_SEGFORMERS)
}


def model_file(name: str) -> ModelFile:
    """The record of a model.

    Raises:
        ModelError: if photostyle knows no model of that name.
    """
    if name not in MODELS:
        raise ModelError(f"no model is called {name!r}; known are {', '.join(MODELS)}")
    return MODELS[name]


def names(role: Role) -> tuple[str, ...]:
    """The networks of a role, in the order of the list.

    >>> names("encoder")
    ('compact', 'compact5', 'vgg19', 'vgg16')
    """
    return tuple(model.name for model in MODELS.values() if model.role == role)


def choices(role: Role) -> tuple[str, ...]:
    """What may be asked for where a network of a role is wanted: "auto", the networks, and for segmenters "none".

    >>> choices("segmenter")[:2], choices("segmenter")[-1]
    (('auto', 'scene'), 'none')
    """
    if role == "segmenter":
        return ("auto", *names(role), "none")
    return ("auto", *names(role))


def by_preference(role: Role) -> tuple[str, ...]:
    """The networks of a role that "auto" may take, the best first.

    >>> by_preference("encoder")
    ('vgg19', 'compact')
    """
    candidates = [model for model in MODELS.values() if model.role == role and model.preference > 0]
    candidates.sort(key=lambda model: model.preference, reverse=True)
    return tuple(model.name for model in candidates)


def unknown_segmenter(name: str) -> OptionError:
    """The error for a segmenter's name that is none: it lists what may be given."""
    known = ", ".join(choices("segmenter"))
    return OptionError(
        f"no segmenter is called {name!r}; choose from {known}, or give a network's folder or module:function", option="segmenter"
    )


def segmenter_network(name: str) -> SegmenterNetwork:
    """How the network of a segmenter is built.

    Raises:
        ModelError: if no segmenter has that name.
    """
    network = model_file(name).segmenter
    if network is None:
        raise ModelError(f"{name} is no segmenter; segmenters are {', '.join(names('segmenter'))}")
    return network
