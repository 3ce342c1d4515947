"""The method `field`: per region a bilateral grid of affine transforms, fitted to the style in tens of steps.

solver.py          `solve_field`
descent.py         its steps, which a graphics card records once and replays
groups.py          what is solved as one, and what is given to the whole photo's transform
correspondence.py  the colours that the things of a photo find in the style
fitting.py         a table fitted to them, from which the descent starts
objective.py       what it minimises
table.py           its unknowns
shared.py          one transform for several photos, or for a shot of a clip
mosaic.py          photos side by side, for that
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from photostyle.errors import OptionError
from photostyle.events import Tell, showing
from photostyle.methods.method import Fitted, Method
from photostyle.options import EncoderOptions, MethodOptions, Options, option
from photostyle.registry import register

if TYPE_CHECKING:
    from photostyle.look import Look
    from photostyle.prepared import Prepared
    from photostyle.session import Session

SIZE, FAST_SIZE = 448, 224  # long sides in pixels
FLAT_STYLE = "the style photo is one flat colour and has no light to take; its colour is given gently"


@dataclass(frozen=True)
class FieldOptions(EncoderOptions):
    """Options of the method `field`."""

    size: int | None = option(
        None, "Long side in pixels to work at; the output keeps the photo's size.", 64, 4096, usual="448, or 224 if fast"
    )
    steps: int | None = option(None, "Steps of the solver.", 1, 100_000, usual="72, or 32 if fast")
    fast: bool = option(False, "Solve in fewer steps at 224 pixels: a rougher match, in about a second.")

    def working_size(self) -> int:
        if self.size is not None:
            return self.size
        return FAST_SIZE if self.fast else SIZE


@register
class FieldMethod(Method):
    """Fits a field of affine colour transforms: photostyle's own way."""

    name: ClassVar[str] = "field"
    summary: ClassVar[str] = "fits a small field of affine colour transforms, in seconds"
    own_options: ClassVar[type[MethodOptions]] = FieldOptions
    takes_looks: ClassVar[bool] = True

    def fit(self, content: "Prepared", style: "Prepared | Look", session: "Session", options: Options, tell: Tell) -> Fitted:
        from photostyle.look import Look, look_of
        from photostyle.methods.field.objective import FieldWeights
        from photostyle.methods.field.solver import solve_prepared
        from photostyle.regions import pair_regions
        from photostyle.transforms import FieldTransform, Provenance
        from photostyle.transforms.field.bilateral import BilateralField
        from photostyle.transforms.field.gain import MOST_GAIN, bearable_gain, bounded, bounded_by_noise
        from photostyle.transforms.field.noise import noise_of
        from photostyle.transforms.field.sample import ColourSample

        settings = _settings(options)
        with tell.stage("load"):
            encoder = session.encoder(settings.encoder, settings.weights)
        with tell.stage("look"):
            if isinstance(style, Look):
                look = style
                look.check_encoder(encoder)
            else:
                look = look_of(style, encoder, settings.working_size())
        pairs = pair_regions(content.regions, look.regions, pairs=options.pairs, ignore=options.ignore, protect=options.protect)
        weights = FieldWeights.of(settings)
        provenance = Provenance.of(
            content, self.name, pairs, style=style.described, encoder=encoder.name, hard_masks=options.hard_masks
        )

        def so_far(field: BilateralField) -> FieldTransform:
            rough = replace(provenance, hard_masks=True)  # masks that follow edges take longer than many steps
            return FieldTransform(bounded(field.to("cpu"))[0], content.regions, rough)

        with tell.stage("solve"):
            bearable = bearable_gain(noise_of(content, weights.grids[-1].depth))
            solution = solve_prepared(content, pairs, look, encoder, weights, session.device, showing(tell, so_far), bearable)
        field, steep = bounded(solution.field)
        field, noisy = bounded_by_noise(field, bearable, solution.centres)
        notes = []
        if settings.fast and settings.size not in (None, FAST_SIZE) and isinstance(style, Look):
            notes.append(f"fast works at {FAST_SIZE} pixels, but the look was measured at {settings.size}: solved at that size")
        if look.flat:
            notes.append(FLAT_STYLE)
        if steep:
            names = ", ".join(steep)
            notes.append(f"{names}: differences of colour would have grown more than {MOST_GAIN:g} times; held at that")
        if noisy:
            notes.append(f"{', '.join(noisy)}: noise would have been lifted into sight; differences of colour grow less there")
        small = content.at_working_size(settings.working_size())
        size = (small.shape[1], small.shape[2])
        sample = ColourSample.of(small, content.masks_at(size), content.visible_at(size))
        return Fitted(FieldTransform(field, content.regions, provenance, sample), tuple(solution.history), tuple(notes))

    def options_for_look(self, look: "Look", options: Options) -> Options:
        settings = _settings(options)
        for name, asked, own in (("encoder", settings.encoder, look.encoder), ("size", settings.size, look.size)):
            if asked not in (None, "auto", own):
                raise OptionError(
                    f"the look was measured with {name} {own}, and {name} {asked} is asked for; leave {name} out, "
                    f"or measure the look again with {name} {asked}",
                    option=name,
                )
        return options.changed(encoder=look.encoder, size=look.size)


def _settings(options: Options) -> FieldOptions:
    if not isinstance(options.settings, FieldOptions):
        raise OptionError(f"the method field needs its own options, got those of {options.method}; give method='field'")
    return options.settings
