from photostyle.regions.described import Described as RegionSummary
MaskLike = object
