"""Sliders as a preset and a table of colours as a profile, in XMP, for Lightroom and Camera Raw.

Both are files that the editors import. Their names of settings are of the namespace `crs`: those of process version 2012 and
later, as ExifTool lists them. A preset is also a sidecar: under a raw photo's own name it is read as that photo's settings.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr

from photostyle.errors import FileError
from photostyle.transforms.lut.table import Lut
from photostyle.transforms.sidecar.adobe_table import encoded_table
from photostyle.transforms.sidecar.sliders import HUES, KNOTS, Sliders
from photostyle.whole_file import write_whole

GROUP = "photostyle"
_PROCESS = {"Version": "11.0", "ProcessVersion": "11.0"}  # the first that has profiles with tables, and amounts of presets
_BASIC = {  # what our sliders are called; those that a photo's as-shot white balance is the zero of are of JPEG and TIFF only
    "Exposure": "Exposure2012",
    "Contrast": "Contrast2012",
    "Highlights": "Highlights2012",
    "Shadows": "Shadows2012",
    "Whites": "Whites2012",
    "Blacks": "Blacks2012",
    "Temperature": "IncrementalTemperature",
    "Tint": "IncrementalTint",
}
_CURVES = ("ToneCurvePV2012Red", "ToneCurvePV2012Green", "ToneCurvePV2012Blue")
_SUPPORTS = {
    "SupportsAmount": "True",
    "SupportsColor": "True",
    "SupportsMonochrome": "True",
    "SupportsHighDynamicRange": "True",
    "SupportsNormalDynamicRange": "True",
    "SupportsSceneReferred": "True",
    "SupportsOutputReferred": "True",
    "CameraModelRestriction": "",
    "Copyright": "",
    "ContactInfo": "",
}


def write_preset(sliders: Sliders, path: Path, title: str) -> None:
    """Write sliders as a preset that sets these and leaves all others as they are.

    Raises:
        FileError: it cannot be written.
    """
    settings = {"PresetType": "Normal", **_SUPPORTS, **_PROCESS}
    for name, value in sliders.basic.items():
        settings[_BASIC[name]] = _signed(value)
    if sliders.basic:
        settings["WhiteBalance"] = "Custom"
    settings |= {"Saturation": _signed(sliders.saturation), "Vibrance": _signed(sliders.vibrance)}
    rows = {"Hue": sliders.hue, "Saturation": sliders.saturation_of, "Luminance": sliders.luminance_of}
    for kind, values in rows.items():
        for hue, value in zip(HUES, values, strict=True):
            settings[f"{kind}Adjustment{hue}"] = _signed(value)
    curves = {}
    if sliders.curves is not None:
        settings["ToneCurveName2012"] = "Custom"
        for name, curve in zip(_CURVES, sliders.curves, strict=True):
            curves[name] = [f"{place}, {value:.0f}" for place, value in zip(KNOTS, curve, strict=True)]
    settings["HasSettings"] = "True"
    _write(path, _document(settings, title, curves))


def write_profile(lut: Lut, path: Path, title: str) -> None:
    """Write a table of at most 32 points along an axis as a profile, which is given to photos beneath all sliders.

    Raises:
        FileError: it cannot be written.
        OptionError: the table has more points.
    """
    name, text = encoded_table(lut)
    settings = {"PresetType": "Look", **_SUPPORTS, "RequiresRGBTables": "True", **_PROCESS}
    settings |= {"ConvertToGrayscale": "False", "RGBTable": name, f"Table_{name}": text, "HasSettings": "True"}
    _write(path, _document(settings, title, {}))


def _document(settings: Mapping[str, str], title: str, curves: Mapping[str, Sequence[str]]) -> str:
    """The XMP of settings (crs attributes) with a name for people, and curves as lists of points."""
    name = uuid5(NAMESPACE_URL, f"photostyle:{title}:{sorted(settings.items())}:{curves}").hex.upper()
    attributes = "".join(f"\n   crs:{key}={quoteattr(value)}" for key, value in {"UUID": name, **settings}.items())
    texts = "".join(_in_language(key, text) for key, text in (("Name", title), ("Group", GROUP)))
    lists = "".join(_listed(key, points) for key, points in curves.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="photostyle">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '  <rdf:Description rdf:about=""\n   xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"'
        f"{attributes}>\n{texts}{lists}"
        "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n"
    )


def _in_language(key: str, text: str) -> str:
    return f'   <crs:{key}><rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt></crs:{key}>\n'


def _listed(key: str, points: Sequence[str]) -> str:
    items = "".join(f"<rdf:li>{point}</rdf:li>" for point in points)
    return f"   <crs:{key}><rdf:Seq>{items}</rdf:Seq></crs:{key}>\n"


def _signed(value: float) -> str:
    """A slider as the editors write it: a sign before all but 0.

    >>> _signed(12), _signed(-3), _signed(0), _signed(0.35)
    ('+12', '-3', '0', '+0.35')
    """
    if value == 0:
        return "0"
    return f"{value:+g}"


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text.encode("utf-8"))
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror}); choose another place") from error
