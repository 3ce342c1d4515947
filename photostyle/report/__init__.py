"""The page of one run: before and after, regions, pairs, the losses, and the command to repeat it; one file, no network.

page        `check_report` before the work, `write_report` after it; the body is page.html, with page.css and page.js
facts       the tables: pairs, losses, timings, what was kept
settings    the tables of options and versions
comparing   contact sheets: contents x styles, before and after; drawn by `sheet`
"""

from photostyle.report.page import check_report, write_report

__all__ = ["check_report", "write_report"]
