"""How the frames of a file are turned to stand upright."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from photostyle.video.planes import Planes


@dataclass(frozen=True)
class Turn:
    """Rows become columns where `transpose` says so; then left and right, and top and bottom, change places."""

    transpose: bool = False
    mirror: bool = False
    flip: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> "Turn":
        """The turn that a frame's display matrix asks for, to the nearest right angle."""
        side_data: Any = frame.side_data
        matrices = [bytes(each) for each in side_data if each.type == Type.DISPLAYMATRIX]
        if not matrices:
            return cls()
        a, b, _, c, d = struct.unpack("<5i", matrices[0][:20])  # x' = a x + c y, y' = b x + d y
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return cls(False, a < 0, d < 0)
        return cls(True, c < 0, b < 0)

    def plane(self, plane: np.ndarray) -> np.ndarray:
        """A plane (h, w), turned.

        >>> Turn(True, mirror=True).plane(np.array([[1, 2], [3, 4]])).tolist()  # a quarter to the right
        [[3, 1], [4, 2]]
        """
        if self.transpose:
            plane = plane.T
        if self.flip:
            plane = plane[::-1]
        if self.mirror:
            plane = plane[:, ::-1]
        return np.ascontiguousarray(plane)

    def planes(self, planes: Planes) -> Planes:
        """A frame's planes, turned."""
        if self == Turn():
            return planes
        coding = planes.coding.transposed() if self.transpose else planes.coding
        return Planes(coding, tuple(map(self.plane, planes.arrays)))

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height), turned."""
        return (height, width) if self.transpose else (width, height)
