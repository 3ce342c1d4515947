"""Nodes for ComfyUI: thin callers of the same steps as everything else, told once and made into both of its schemas.

definitions.py     what a node is: inputs, outputs and the function that does it
option_inputs.py   inputs made from the methods' dataclasses of options
values.py          ComfyUI's IMAGE and MASK tensors as photos and masks, and back
host.py            what ComfyUI gives to nodes: folders, a progress bar, interruption, the device
regions.py, looks.py, methods.py, clips.py, applying.py, transform_files.py   the nodes
nodes.py           the list of them
v3.py, v1.py       the nodes as ComfyUI's V3 and V1 schemas have them

Nothing here imports ComfyUI where it is loaded, so that the nodes can be read, typed and tested without it. What is put into
ComfyUI's folder `custom_nodes` is a small pack that `scripts/make_comfy_pack.py` writes: see docs/comfyui.md.
"""
