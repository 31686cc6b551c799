"""Draws the reference picture of the IIIF Image API validator: 1000 by 1000, 10 by 10 squares.

    validator_image.py FILE.png

The colours are read from the installed validator, which expects them; nothing of it is copied.
"""

import sys

from iiif_validator.validator import ValidationInfo
from PIL import Image

# The validator asks for the square (x, y) of `colorInfo[x][y]`, x counted from the left.
colours = ValidationInfo().colorInfo
picture = Image.new("RGB", (1000, 1000))
for x, column in enumerate(colours):
    for y, colour in enumerate(column):
        picture.paste(colour, (x * 100, y * 100, x * 100 + 100, y * 100 + 100))
picture.save(sys.argv[1], "PNG")
