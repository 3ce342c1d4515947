"""segmentation-models-pytorch without torch's compiler, which its imports load and which segmenting never uses.

torchvision imports `torch._dynamo` to ask one question in `roi_align`; timm, and torch's own functions on the meta
device, to mark what is not to be compiled: 1.3 seconds and 170 MB of every run. Stand-ins answer while a network is
built, and pass later questions on to the compiler itself.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import ModuleType

from torch import nn

COMPILER = "torch._dynamo"


def built(build: Callable[[ModuleType], nn.Module]) -> nn.Module:
    """The network that `build` makes of the package `segmentation_models_pytorch`."""
    before = set(sys.modules)
    try:
        with _compiler_put_off():
            import segmentation_models_pytorch

            return build(segmentation_models_pytorch)
    except Exception:  # another version asks the compiler for more, or the error comes again
        for name in set(sys.modules) - before:
            if name.split(".")[0] in ("segmentation_models_pytorch", "timm", "torchvision"):
                del sys.modules[name]
        import segmentation_models_pytorch

        return build(segmentation_models_pytorch)


@contextmanager
def _compiler_put_off() -> Iterator[None]:
    """Until the end of the block, who imports the compiler gets a stand-in; nothing happens where it is loaded already."""
    if COMPILER in sys.modules:
        yield
        return
    package, utils = ModuleType(COMPILER), ModuleType(f"{COMPILER}.utils")
    package.__path__, package.utils = [], utils
    package.disable = _disabled_later
    utils.is_compile_supported = _ask_the_compiler
    sys.modules[COMPILER], sys.modules[utils.__name__] = package, utils
    try:
        yield
    finally:
        del sys.modules[COMPILER], sys.modules[utils.__name__]
        vars(sys.modules["torch"]).pop("_dynamo", None)  # where an import puts what it imported


def _disabled_later(function: Callable | None = None, recursive: bool = True, **options: object) -> Callable:
    """`torch._dynamo.disable`: the function as it is, until there is a compiler to keep off it."""
    if function is None:
        return lambda function: _disabled_later(function, recursive, **options)

    @wraps(function)
    def call(*args: object, **keywords: object) -> object:
        disable = getattr(sys.modules.get(COMPILER), "disable", _disabled_later)
        kept = function if disable is _disabled_later else disable(function, recursive, **options)
        return kept(*args, **keywords)

    return call


def _ask_the_compiler(device: str) -> bool:
    from torch._dynamo.utils import is_compile_supported

    return is_compile_supported(device)
