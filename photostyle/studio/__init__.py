"""The studio: a page in the browser to paint masks, pair regions, solve, and move sliders; served from this machine alone.

Who may ask for what:

server.py           binds the port and runs it
app.py              the routes; api_*.py: the answers, by subject
guard.py            who may ask: Host, Origin, token
limits.py           how much may be sent and kept
bodies.py           what was sent, bounded and checked; problems.py: what can go wrong, with its status
pages.py            the files of the page, which lie in static/: plain modules and styles, no bundler, no other host

What it works with:

desk.py             all that the studio holds
shelf.py            the photos: of the folder, brought, or named; thumbnails.py: small copies for the strip
masks.py            painted labels, to and from PNG; painted_over.py: found regions that were painted over in part
drawing.py          results as the page sees them; live.py: fields for the page's shader; growing.py: the picture so far

What it keeps, so that a crash loses nothing:

room.py             the folder where it lies
kept_masks.py       masks, by the contents of photos
kept_transforms.py  transforms that were found
works.py            pairs of photos with what was chosen for them
projects.py         saved as files and opened, of the form that project_file.py has
latest.py           of what is in memory, the latest

What takes long:

jobs.py             queues; each job is told of, and can be cancelled
solve_options.py    what a page may choose for a solve, and its controls
solving.py          a transform found
batching.py         a folder relit
"""
