"""One look for a set: a transform that depends on a colour and its region alone, the same for every photo of the set.

"shared" fits it to a sample of the set's photos laid side by side, so that its statistics are those of the set; "anchor"
fits it to one photo. A field that is solved photo by photo also depends on where in that photo a pixel lies, and on what
else the photo shows, so the same coat comes out differently in two photos.

    sample.py      the sets of a plan, the photos that each is fitted to, and where its transform lies
    solving.py     the transform of a set, in a process of its own
    rendering.py   a photo through the transform of its set
"""
