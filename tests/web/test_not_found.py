"""What is not there, or not for the reader, is said inside the reader's own pages."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("name", ["dana", "ruth", "admin"])
def test_staff_keep_their_way_about(reader, name):
    page = reader(name).opens("/people/00000000-0000-4000-8000-000000000007", status=404)
    assert page.soup.find("h1").get_text() == "We could not find that"
    assert page.soup.select("nav a[href]")
    assert page.soup.select("form[action='/sign-out']")


def test_a_person_keeps_the_way_out_and_the_lines_for_help(reader):
    marcus = reader("marcus")
    offered = [link["href"] for link in marcus.opens("/my-goals").soup.select("a[href^='tel:988'], a[href^='sms:988']")]
    page = marcus.opens("/people", status=404)
    assert "Leave this page" in page.words
    assert offered
    assert [link["href"] for link in page.soup.select("a[href^='tel:988'], a[href^='sms:988']")] == offered
    assert "coach" not in page.soup.title.get_text().lower()


def test_somebody_signed_out_is_shown_no_way_about(reader):
    page = reader(None).opens("/nothing-here", status=404)
    assert page.soup.find("h1").get_text() == "We could not find that"
    assert not page.soup.select("nav a[href]")
