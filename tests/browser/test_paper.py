from __future__ import annotations

import re

import pytest

from tests.lived import live

SIZES = {"A4": (595, 842), "Letter": (612, 792)}
FOOTER = "Private. Keep this page safe, or shred it when you no longer need it."


def _sheets(pdf):
    """Return the size in points of each sheet of a PDF."""
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert len(boxes) == len(re.findall(rb"/Type\s*/Page\b", pdf))
    return [(float(width), float(height)) for width, height in boxes]


def test_the_sheet_of_a_person_is_one_page_and_says_what_to_do_with_it(hand, cast, session, scripts):
    live(session, cast)
    session.commit()
    dana = hand("dana")
    dana.opens(f"/people/{cast.marcus}")
    dana.taps_on("One page to print")
    assert dana.reads("How to reach Marcus safely")
    assert not dana.scrolls_sideways()
    assert not scripts or dana.breaks() == []
    for size, (width, height) in SIZES.items():
        assert _sheets(dana.page.pdf(format=size)) == [pytest.approx((width, height), abs=1)]
    dana.page.emulate_media(media="print")
    assert dana.page.evaluate("getComputedStyle(document.body, '::after').content") == f'"{FOOTER}"'
    assert dana.reads("Marcus Tell")
    assert dana.reads("A place of my own")
    for left_out in ("Log check-in", "Sleeping better", "Nothing of check-ins", "Sign out", "Find a person"):
        assert not dana.reads(left_out)
