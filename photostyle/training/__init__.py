"""Training networks that paint.

config      what a training is told: a yml, its keys, ranges and helps
photos      a folder of photos in memory, and random crops of them
perceptual  what a network minimises: the painter's losses, over batches
loop        steps against the clock, with checkpoints, a running average, and what is done where it diverges
checkpoint  what a training that was stopped goes on from
page        losses and samples as a web page, while it runs
job         all of it together: from a config to a network's file with its card
"""
