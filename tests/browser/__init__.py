"""The main job in a real browser: taps counted, axe at nought, with scripts and without."""
