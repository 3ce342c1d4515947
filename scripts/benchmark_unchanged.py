"""A method that changes nothing and takes no time, so that what a batch does beside its transfers is measured."""

from photostyle.methods import Fitted, Method, register


@register
class UnchangedMethod(Method):
    """Gives each photo itself."""

    name = "unchanged"
    summary = "changes nothing, to measure all else"

    def fit(self, content, style, session, options, tell):
        from photostyle.transforms import PictureTransform, Provenance

        provenance = Provenance.of(content, self.name, (), style=style.described)
        with tell.stage("solve"):
            picture = content.at_working_size(64)
        return Fitted(PictureTransform(picture, content.regions, provenance))
