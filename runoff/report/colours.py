# Run by the report (Python 3.9 upward): data only.
"""The same colour and shape for the same interpreter in every picture.

Eight colours is what can be told apart: chosen by a search over those that stand out (3:1) from both a white and a dark
page, for the largest smallest distance (in Oklab) under normal sight and simulated protanopia, deuteranopia and
tritanopia (Machado, Oliveira, Fernandes 2009): 0.083, where Okabe and Ito's six reach 0.076. A test computes it again.
From the ninth interpreter on, colours are used again with another shape. No picture says anything by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence

COLOURS = ("#0072b2", "#9b5528", "#6e9100", "#f53278", "#149beb", "#910afa", "#a582aa", "#c30587")
SHAPES = ("circle", "diamond", "square", "triangle-up")


def of(labels: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return {label: (colour, shape)} for the interpreters of a run, in its order."""
    return {
        label: (COLOURS[index % len(COLOURS)], SHAPES[index // len(COLOURS) % len(SHAPES)])
        for index, label in enumerate(labels)
    }
