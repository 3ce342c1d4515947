"""The studio: a page in the browser to paint masks, pair regions, solve, and move sliders; served from this machine alone.

server.py      binds the port and runs it
app.py         the routes
guard.py       who may ask: Host, Origin, token
limits.py      how much may be sent and kept
bodies.py      what was sent, bounded and checked
shelf.py       the photos: those of the folder, those that were brought
thumbnails.py  small copies of them for the strip
masks.py       painted labels, to and from PNG
latest.py      the latest of what was used
desk.py        photos with their regions, and the transforms that were found
problems.py    what can go wrong, with its status
pages.py       the files of the page
jobs.py        work that takes long: queued, told of, cancelled
solving.py     a transform found
api_*.py       the answers, by subject
static/        the page: plain modules and styles, no bundler, no other host
"""
