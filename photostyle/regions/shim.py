from photostyle.regions.described import Described as RegionSummary  # noqa: F401
MaskLike = object
