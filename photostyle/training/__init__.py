"""Training networks that paint.

config        what a training is told: a yml, its keys, ranges and helps
photos        folders of photos and of paintings in memory, and random crops of them
perceptual    what a network minimises: the painter's losses, over batches
temporal      and, where it is asked for, that it keeps still on video; shift: that its marks go with the picture
named_styles  what is trained for: styles that have names, or more of them for a trained network
any_style     the other: any style, from a folder of paintings
autoencoder   a code that gives a photo back, and takes a style
translation   from one folder of pictures to another, both ways; adversarial/ has what is minimised
course        the keys that trainings share, and how a yml becomes a config
loop          steps against the clock, with a running average, and what is done where it diverges; knows of no photos or styles
step          one step, as it stands or recorded on a graphics card
checkpoint    what a training that was stopped goes on from
page          losses and samples as a web page, while it runs
job           all of it together: from a config to a network's file with its card
"""
