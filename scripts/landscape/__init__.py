"""Renders landscapes that look like photographs, with numpy and scipy alone; used by render_sample.py.

Metres, x to the right, y up, z away from the camera. Radiance is linear RGB; the sun outside the atmosphere gives `SUN`.
"""
