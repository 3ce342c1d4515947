"""The options of `photostyle batch` beside those of the methods and of writing."""

from pathlib import Path
from typing import Annotated

import typer

Contents = Annotated[
    list[str], typer.Argument(metavar="PHOTO", help="Photos and clips: files, folders, globs in quotes, URLs, or CSV manifests.")
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "--out",
        "-o",
        help="Where to write: a folder, or a template such as 'relit/{reldir}/{stem}.{ext}'; {style} is the style's name.",
    ),
]
Style = Annotated[
    list[str] | None,
    typer.Option(
        "--style", "-s", help="A photo or .look file whose light is wanted. Give several, and each photo is relit by each."
    ),
]
StyleFor = Annotated[
    str | None,
    typer.Option(help="A CSV file that names the style of each photo; its columns: content (a name or glob), style, style_mask."),
]
Pairwise = Annotated[
    bool, typer.Option("--pairwise", help="Give the first photo the first style, the second the second, and so on.")
]
ContentMask = Annotated[
    str | None,
    typer.Option(
        help="Masks, as 'masks/{reldir}/{stem}.png', or a folder of them by the photos' names; without one, regions are found."
    ),
]
StyleMask = Annotated[str | None, typer.Option(help="Painted regions of the one style.")]
SetMode = Annotated[
    str,
    typer.Option(
        help="each: every photo gets its own transform; shared: all of a style get one; anchor: all get that of one photo."
    ),
]
Anchor = Annotated[str | None, typer.Option(help="The photo whose transform --set-mode anchor gives to all; default: the first.")]
Ledger = Annotated[
    Path | None, typer.Option(help="The file that records what is done; default: in a folder .photostyle beside the outputs.")
]
Shard = Annotated[
    str | None,
    typer.Option(
        help="Do one part of the photos: i/N, with i from 0; auto reads i and N from the array job, auto/N only i; "
        "none does all. Default: auto in an array job, else none."
    ),
]
Engine = Annotated[
    str, typer.Option(help="Where to compute: local is this machine, ray a Ray cluster (needs photostyle\\[ray]).")
]
Address = Annotated[str | None, typer.Option(help="Address of a Ray cluster, such as auto; default: one on this machine.")]
Jobs = Annotated[
    str, typer.Option(help="Number of worker processes; auto is two for each GPU, or one for each core where there is none.")
]
Memory = Annotated[str, typer.Option(help="Memory for all workers together, such as 8GB; auto is all that is free.")]
OnError = Annotated[str, typer.Option(help="When a photo fails: skip goes on with the others; stop begins no more.")]
Report = Annotated[
    Path | None, typer.Option(help="Also write a web page of failures and of photos before and after, one .html file.")
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite", help="Replace files that are there already and that no earlier run has made; inputs are never replaced."
    ),
]
Watch = Annotated[
    bool,
    typer.Option(
        "--watch", help="Do what is there, then go on with photos that appear in the folders, once they are written; Ctrl-C ends."
    ),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Print a line for each photo: how it ended, its seconds, its notes.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON line for each photo, and one for the whole run, on stdout.")]
