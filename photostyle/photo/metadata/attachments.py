"""What some files carry beside their photo, and no new file gets: videos of motion photos, gain maps for HDR screens.

The XMP that tells viewers where these stand goes too, since what stands there afterwards is something else.
"""

import re

from photostyle.photo.metadata.xmp_properties import properties, without

GAIN_MAP = "has an HDR gain map, which would not fit other colours; left out"
MOTION = "is a motion photo; its video is left out"
# Namespaces whose properties tell of the parts of one file (Google's motion photo and Ultra HDR formats, Adobe's gain map,
# Apple's, ISO 21496-1, and makers' own), by what a user calls them.
_NAMESPACES = {
    "http://ns.google.com/photos/1.0/camera/": "motion photo",
    "http://ns.google.com/photos/1.0/container/": "container",
    "http://ns.google.com/photos/1.0/container/item/": "container",
    "http://ns.google.com/photos/1.0/audio/": "audio",
    "http://ns.google.com/photos/1.0/image/": "original picture",
    "http://ns.google.com/photos/dd/1.0/": "depth",
    "http://ns.google.com/videos/1.0/": "motion photo",
    "http://ns.xiaomi.com/photos/1.0/camera/": "motion photo",
    "http://ns.oplus.com/photos/1.0/camera/": "motion photo",
    "http://ns.vivo.com/photos/1.0/camera/": "motion photo",
    "http://ns.samsung.com/photos/1.0/": "motion photo",
    "http://ns.adobe.com/hdr-gain-map/1.0/": "gain map",
    "http://ns.apple.com/HDRGainMap/1.0/": "gain map",
    "http://ns.apple.com/pixeldatainfo/1.0/": "gain map",
}
_DECLARED = re.compile(rb"\s+xmlns:([\w.-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_MOTION_SIGNS = (b"MotionPhoto", b"MicroVideo", b"motionphoto", b"MotionPhotoOwner")
_GAIN_MAP_SIGNS = (b"hdr-gain-map", b"HDRGainMap", b'"GainMap"', b"'GainMap'", b">GainMap<")


def notes_of(packet: bytes | None, said: list[str]) -> list[str]:
    """What an XMP packet tells of attachments that has not been said."""
    notes = []
    if packet and MOTION not in said and any(sign in packet for sign in _MOTION_SIGNS):
        notes.append(MOTION)
    if packet and GAIN_MAP not in said and tells_of_gain_map(packet):
        notes.append(GAIN_MAP)
    return notes


def tells_of_gain_map(packet: bytes) -> bool:
    """Whether an XMP packet tells of a gain map; to declare the namespace without using it tells nothing."""
    return any(sign in _without_declarations(packet) for sign in _GAIN_MAP_SIGNS)


def without_attachments(packet: bytes | None, notes: list[str]) -> bytes | None:
    """The packet without what tells of attachments; what went is noted. A damaged packet comes back as it is."""
    if not packet:
        return packet
    try:
        unwanted = [(each, _kind(each.uri)) for each in properties(packet.strip(b"\0 \r\n\t"))]
    except ValueError:
        return packet  # which is noted when it is made true
    gone = {each: kind for each, kind in unwanted if kind is not None}
    if not gone:
        return packet
    kinds = ", ".join(sorted(set(gone.values())))
    notes.append(f"its XMP about parts of the old file ({kinds}) is left out with them")
    return _without_declarations(without(packet.strip(b"\0 \r\n\t"), gone))


def _without_declarations(packet: bytes) -> bytes:
    """The packet without declarations of those namespaces, where nothing of them is left: some viewers search for these."""
    for match in reversed(list(_DECLARED.finditer(packet))):
        uri = match.group(2)[1:-1].decode("utf-8", "replace")
        rest = packet[: match.start()] + packet[match.end() :]
        if _kind(uri) is not None and not re.search(rb"[<\s]" + re.escape(match.group(1)) + rb":\w", rest):
            packet = rest
    return packet


def _kind(uri: str) -> str | None:
    """What a property of a namespace tells of; None where it is of the photo itself."""
    for beginning, kind in _NAMESPACES.items():
        if uri.rstrip("/").startswith(beginning.rstrip("/")):
            return kind
    return None
