"""Unpaired translation, trained: two generators between two sets of pictures, each against discriminators.

rivals      the networks: generators both ways, and what judges them
objective   what is minimised: least squares, cycle, identity, the auxiliary classifiers
history     made pictures of earlier steps, shown to discriminators again
augment     the same random changes for real and made pictures, where there are few of them
failures    what is known to go wrong, measured: colours turned round, copies, collapse, pictures learnt by heart
"""
