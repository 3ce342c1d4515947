"""The page of one run: before and after, regions, pairs, the losses, and the command to repeat it; one file, no network.

page        `check_report` before the work, `write_report` after it; the frame is page.html
facts       the tables: pairs, timings, metrics, options, versions
plot        the losses as an SVG picture
pictures    photos as data URIs
comparing   contact sheets: contents x styles, before and after; drawn by `sheet`
markup      what keeps text from outside apart from HTML
"""

from photostyle.report.page import check_report, write_report

__all__ = ["check_report", "write_report"]
