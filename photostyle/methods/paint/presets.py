"""The classics, as options of `paint`: layers, weights and normalisation of their sources.

What differs from the sources, for all of them: VGG's weights are torchvision's, with max pooling, where the sources have the
Oxford group's (the paper of 2016 with average pooling, and filters scaled to a mean activation of one); features are brought to
the units of inputs from 0 to 255; the picture goes on mirrored beyond its edge where theirs are black; it is held to 0 to 1 at
each step.
"""

from typing import Any

VGG = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")

# Gatys, Ecker and Bethge 2016, sections 2 and 3: content half a sum of squares at relu4_2, style w_l / (4 N^2 M^2) sum (G - A)^2
# with w_l = 1/5, alpha / beta = 1e-3, L-BFGS, white noise. No variation.
GATYS_2016: dict[str, Any] = {
    "encoder": "vgg19",
    "content_layers": ("relu4_2",),
    "style_layers": VGG,
    "hand": "gram",
    "normalise": "gatys",
    "content_weight": 1e-3,
    "style_weight": 1.0,
    "colour_weight": 0.0,
    "variation_weight": 0.0,
    "optimiser": "lbfgs",
    "start": "noise",
    "scales": 1,
    "steps": 500,
}

# TensorFlow's tutorial "Neural style transfer": block5_conv2 for content, block1_conv1 to block5_conv1 for style, means over all
# entries, weights 1e4 and 1e-2, variation 30 times the sum of differences, Adam at 0.02, values clipped to 0 and 1, from the
# content, ten times a hundred steps. Its Adam has beta_1 0.99 and epsilon 0.1, ours 0.9 and 1e-8, and what comes out here is the
# mean of the last twenty steps or so.
TUTORIAL: dict[str, Any] = {
    "encoder": "vgg19",
    "content_layers": ("relu5_2",),
    "style_layers": VGG,
    "hand": "gram",
    "normalise": "mean",
    "content_weight": 1e4,
    "style_weight": 1e-2,
    "colour_weight": 0.0,
    "variation_weight": 30.0,
    "optimiser": "adam",
    "rate": 0.02,
    "start": "content",
    "scales": 1,
    "steps": 1000,
}

# Johnson, Alahi and Fei-Fei 2016, the optimisation that their networks stand in for: VGG-16, content relu3_3, style relu1_2 to
# relu4_3, Gram matrices over C H W, content 1 and style 5 for each layer, variation 1e-6 times half a sum of squares, L-BFGS, 500
# steps from noise (slow_neural_style.lua of fast-neural-style, its own defaults).
JOHNSON_LAYERS: dict[str, Any] = {
    "encoder": "vgg16",
    "content_layers": ("relu3_3",),
    "style_layers": ("relu1_2", "relu2_2", "relu3_3", "relu4_3"),
    "hand": "gram",
    "normalise": "johnson",
    "content_weight": 1.0,
    "style_weight": 20.0,  # 5 for each of four layers
    "colour_weight": 0.0,
    "variation_weight": 1e-6,
    "optimiser": "lbfgs",
    "start": "noise",
    "scales": 1,
    "steps": 500,
}

PRESETS: dict[str, dict[str, Any]] = {"gatys2016": GATYS_2016, "tutorial": TUTORIAL, "johnson-layers": JOHNSON_LAYERS}
