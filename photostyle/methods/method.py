"""What a method is: a way to find a transform for a prepared photo and a style."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from photostyle.errors import OptionError
from photostyle.events import Tell
from photostyle.options import EncoderOptions, MethodOptions, Options

if TYPE_CHECKING:  # so that naming methods, and asking for help, loads no torch
    from photostyle.look import Look
    from photostyle.prepared import Prepared
    from photostyle.session import Session
    from photostyle.transforms import Transform


@dataclass(frozen=True)
class Fitted:
    """What a method found.

    Args:
        transform: to be given to the photo.
        history: named numbers at each step, such as the terms of an objective; empty where there are no steps.
        notes: what the user should be told, one line each.
    """

    transform: "Transform"
    history: tuple[Mapping[str, float], ...] = ()
    notes: tuple[str, ...] = ()


class Method(ABC):
    """A way to find a transform. Made known by `photostyle.registry.register`; the command line, batch and reports then have it.

    A module that defines a method loads no torch when it is imported: what computes is imported in `fit`.

    Attributes:
        name: by which it is asked for.
        summary: one line for help texts.
        own_options: the dataclass of its own options.
        takes_looks: whether the style may be a look, statistics without pixels.
        finds_regions: whether regions are looked for where no masks are given and no segmenter is named.
        keeps_unfinished: whether what it has so far is kept where it is asked to end early (`CancelToken.finish`).
    """

    name: ClassVar[str]
    summary: ClassVar[str] = ""
    own_options: ClassVar[type[MethodOptions]] = MethodOptions
    takes_looks: ClassVar[bool] = False
    finds_regions: ClassVar[bool] = True
    keeps_unfinished: ClassVar[bool] = False

    @classmethod
    def measures_looks(cls) -> bool:
        """Whether the look of a style is measured by its own options, and serves as well as the picture."""
        return cls.takes_looks and issubclass(cls.own_options, EncoderOptions)

    @abstractmethod
    def fit(self, content: "Prepared", style: "Prepared | Look", session: "Session", options: Options, tell: Tell) -> Fitted:
        """Find the transform that gives the content the style.

        Args:
            content: the photo to change.
            style: the picture whose look is wanted, or its look where the method takes looks; the content itself where the
                method works by a file in place of a style (`MethodOptions.style_file`).
            session: on which device, with which networks.
            options: `options.settings` are the method's own.
            tell: told of each step.

        Raises:
            PhotostyleError: it cannot be found; one line that says what to do.
        """

    def options_for_look(self, look: "Look", options: Options) -> Options:
        """The options of a transfer to a look: what was left open is as the look was measured.

        Raises:
            OptionError: the method takes no looks, or the options ask for what the look was not measured with.
        """
        if not self.takes_looks:
            raise OptionError(
                f"the method {self.name} needs the style photo itself, got a look; give the photo, or use the method field"
            )
        return options
