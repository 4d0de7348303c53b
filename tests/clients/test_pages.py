from __future__ import annotations

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM, Assignment
from coachdesk.accounts.models import OneTimeLink, User
from coachdesk.clients import assigning
from coachdesk.clients.models import Client
from coachdesk.clients.rules import Pronouns
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import KEPT, MEGABYTE, TYPED, count, text_in

NEW = "/people/new"
EDIT = "/people/{person}/edit"
ACTS = (EDIT, "/people/{person}/invitation")
TICKS = ("may_call", "may_text", "may_voicemail", "may_email")


def _row(session, client_id):
    session.rollback()
    session.expire_all()
    return session.get_one(Client, client_id)


def _stands(session, client_id):
    row = _row(session, client_id)
    return (row.first_name, row.version, row.email, _coach_of(session, client_id), count(session, User))


def _coach_of(session, client_id):
    now = sa.select(Assignment.coach_id).where(Assignment.client_id == client_id, Assignment.ended_at.is_(None))
    return session.scalars(now).one()


def _added(session):
    session.rollback()
    return session.scalars(sa.select(Client).where(Client.first_name == "Ada")).one()


def _pages_of(app, client_id):
    """Return the address of every page about a person alone that a coach has."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.arguments == {"client_id"} and "GET" in rule.methods]
    found = [str(rule).replace("<uuid:client_id>", str(client_id)) for rule in rules]
    return [
        path
        for path in found
        if path.startswith("/people/") and not path.endswith(("/restrictions", "/hand-over", "/coach-wish"))
    ]


def _says(page, sentence):
    """Say whether a sentence stands at its field and in the summary, whose links all lead somewhere."""
    links = page.soup.select("#error-summary a")
    assert all(page.soup.find(id=str(link["href"])[1:]) for link in links)
    at_fields = " ".join(text.get_text(" ") for text in page.soup.select(".error-text"))
    return sentence in at_fields and any(sentence in link.get_text() for link in links)


# ---- adding somebody ------------------------------------------------------------------------------------------------


def test_a_coach_adds_a_person_who_is_theirs_from_then_on(reader, cast, session):
    dana = reader("dana")
    page = dana.opens(NEW)
    assert not page.soup.select("main input[type=checkbox][checked]")
    page = dana.sends(first_name="Ada", last_name="Lind", phone="+1 555 0142", may_text="y", safe_note="After six.")
    made = _added(session)
    assert page.url == f"/people/{made.id}"
    assert "Ada L. is here. Log a check-in or set a first goal together." in page.main
    assert "Text only. Do not call. Say only your own name. After six." in page.main
    assert (made.pronouns, made.rhythm_days, made.working_since) == (Pronouns.NAME, 7, TODAY)
    assert _coach_of(session, made.id) == cast.dana.id
    assert "Ada L." in dana.opens("/people").main
    reader("imani").opens(f"/people/{made.id}", status=404)


@pytest.mark.parametrize("slipped", ["imani", "chris", "nonsense"])
def test_a_coach_adds_nobody_to_another(reader, cast, session, slipped):
    dana = reader("dana")
    dana.opens(NEW)
    coach = str(cast.staff[slipped].id) if slipped in cast.staff else "🌅\x00"
    dana.sends(first_name="Ada", coach_id=coach)
    assert _coach_of(session, _added(session).id) == cast.dana.id


def test_a_supervisor_picks_a_coach_of_the_team(reader, cast, session):
    ruth = reader("ruth")
    page = ruth.opens(NEW)
    assert [choice.get_text() for choice in page.soup.select("[name=coach_id] option")] == [
        "Dana Osei",
        "Imani Moss",
        "Ruth Mbeki",
    ]
    page = ruth.sends(first_name="Ada", coach_id=str(cast.imani.id))
    made = _added(session)
    assert page.url == f"/people/{made.id}"
    assert "with Imani Moss" in page.main
    assert _coach_of(session, made.id) == cast.imani.id
    reader("imani").opens(f"/people/{made.id}")
    reader("dana").opens(f"/people/{made.id}", status=404)


@pytest.mark.parametrize("whose", ["chris", "omar", "admin", "nobody", ""])
def test_a_coach_outside_the_team_gets_a_sentence_and_nobody_is_added(reader, cast, session, whose):
    ruth = reader("ruth")
    ruth.opens(NEW)
    coach = str(cast.staff[whose].id) if whose in cast.staff else whose
    page = ruth.sends(status=422, first_name="Ada", safe_note=TYPED, may_call="y", coach_id=coach)
    assert _says(page, "Choose one of these.")
    assert page.soup.find("input", {"name": "first_name"})["value"] == "Ada"
    assert text_in(page, "safe_note") == KEPT
    assert page.soup.find("input", {"name": "may_call"}).has_attr("checked")
    assert "Chris Bell" not in page.text
    assert (count(session, Client), count(session, Assignment)) == (4, 4)


def test_the_same_person_sent_twice_is_one(reader, session):
    dana = reader("dana")
    form = dana.opens(NEW)
    first = dana.sends(first_name="Ada").url
    dana.page = form
    assert dana.sends(first_name="Ada").url == first
    assert (count(session, Client), count(session, Assignment)) == (5, 5)


def test_a_namesake_is_hinted_at_among_ones_own_people_alone(reader):
    dana, hint = reader("dana"), "Somebody among your people is like this one."
    dana.opens(NEW)
    assert hint in dana.sends(status=422, first_name="marcus", last_name="TELL", rhythm_days="").main
    assert hint not in dana.sends(status=422, first_name="Aisha", last_name="Khan").main


# ---- details --------------------------------------------------------------------------------------------------------


def test_details_are_changed_and_the_called_name_stands_everywhere(reader, cast, session):
    dana = reader("dana")
    dana.opens(dana.opens(f"/people/{cast.marcus}/details").link("Change the details"))
    page = dana.sends(
        preferred_name="Mack", pronouns="they", language="Español", zone="America/Chicago", rhythm_days="14"
    )
    assert page.url == f"/people/{cast.marcus}/details"
    assert "Details saved." in page.main
    assert page.soup.find("h1").get_text() == "Mack T."
    assert page.soup.select_one("header .avatar.lg").get_text() == "MT"
    for fact in ("Full name Marcus Tell", "Called Mack", "Pronouns they/them", "Time zone America/Chicago"):
        assert fact in page.main
    assert "Speak every 14 days" in page.main
    for path in ("/people", f"/people/{cast.marcus}", f"/people/{cast.marcus}/visits/new", EDIT):
        page = dana.opens(path.format(person=cast.marcus))
        assert "Mack T." in page.main
        assert "Marcus T." not in page.main
    assert "Hello Mack" in reader("marcus").opens("/my-goals").main
    assert [link.get_text() for link in dana.opens("/people?q=mack").soup.select("main a.name")] == ["Mack T."]


@pytest.mark.parametrize(
    ("ticked", "rule", "calls", "texts"),
    [
        ((), "Nothing is agreed yet. Ask before you call or write.", False, False),
        (("may_voicemail",), "Nothing is agreed yet. Ask before you call or write.", False, False),
        (("may_call",), "Call only. No voicemail.", True, False),
        (("may_text", "may_voicemail"), "Text only. Do not call.", False, True),
        (("may_email",), "E-mail only.", False, False),
        (TICKS, "Call, text or e-mail. A message on the phone is fine.", True, True),
    ],
)
def test_only_what_was_agreed_is_offered(reader, cast, session, ticked, rule, calls, texts):
    dana = reader("dana")
    dana.opens(EDIT.format(person=cast.marcus))
    dana.sends(safe_note="", **{name: "y" if name in ticked else None for name in TICKS})
    for path in (f"/people/{cast.marcus}", f"/people/{cast.marcus}/details"):
        page = dana.opens(path)
        assert f"How to reach Marcus safely: {rule}" in page.main
        assert bool(page.soup.select("main a[href='tel:+15550102030']")) is calls
        assert bool(page.soup.select("main a[href='sms:+15550102030']")) is texts
    row = _row(session, cast.marcus)
    assert tuple(name for name in TICKS if getattr(row, name)) == ticked


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"first_name": ""}, "Write the person’s first name."),
        ({"first_name": " \x00\r\n "}, "Write the person’s first name."),
        ({"first_name": "أ" * 81}, "1 characters too long"),
        ({"first_name": MEGABYTE}, "characters too long"),
        ({"last_name": MEGABYTE}, "characters too long"),
        ({"preferred_name": "🌅" * 81}, "1 characters too long"),
        ({"pronouns": "🌅\x00"}, "Choose one of these."),
        ({"language": "أ" * 41}, "1 characters too long"),
        ({"zone": "Mars/Phobos"}, "Choose a time zone from the list."),
        ({"zone": "../../etc/passwd"}, "Choose a time zone from the list."),
        ({"zone": "🌅أ"}, "Choose a time zone from the list."),
        ({"phone": "5" * 41}, "1 characters too long"),
        ({"email": "x" * 251}, "1 characters too long"),
        ({"email": "🌅 is no address"}, "Write an e-mail address like name@example.org."),
        ({"email": "أمي@"}, "Write an e-mail address like name@example.org."),
        ({"safe_note": MEGABYTE}, "characters too long"),
        ({"rhythm_days": ""}, "Write how often you speak, from 1 to 90 days."),
        ({"rhythm_days": "0"}, "Write a whole number from 1 to 90."),
        ({"rhythm_days": "91"}, "Write a whole number from 1 to 90."),
        ({"rhythm_days": "-7"}, "Write a whole number from 1 to 90."),
        ({"rhythm_days": "9" * 40}, "Write a whole number from 1 to 90."),
        ({"rhythm_days": "🌅أ"}, "Write a whole number from 1 to 90."),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_keeps_what_was_typed(reader, cast, session, fields, sentence):
    dana = reader("dana")
    typed = {"first_name": TYPED, "last_name": TYPED, "safe_note": TYPED, "may_email": "y", **fields}
    for path in (NEW, EDIT.format(person=cast.lena)):
        dana.opens(path)
        page = dana.sends(status=422, **typed)
        assert _says(page, sentence)
        assert page.soup.title.get_text().startswith("Error:")
        for name in typed.keys() - {"safe_note", "may_email", "pronouns"}:
            assert page.soup.find("input", {"name": name})["value"] == " ".join(typed[name].replace("\x00", "").split())
        assert text_in(page, "safe_note") == typed["safe_note"].replace("\x00", "")
        assert page.soup.find("input", {"name": "may_email"}).has_attr("checked")
    assert count(session, Client) == 4
    assert (_row(session, cast.lena).first_name, _row(session, cast.lena).version) == ("Lena", 1)


def test_every_script_and_sign_is_kept_as_it_was_said(reader, cast, session):
    dana = reader("dana")
    dana.opens(EDIT.format(person=cast.marcus))
    page = dana.sends(preferred_name=TYPED, last_name="أمي", language=TYPED[:39], safe_note=TYPED, phone="☎ 555 🌅")
    assert f"{KEPT} أ." in page.soup.find("h1").get_text()
    assert page.main.count(KEPT) >= 3
    row = _row(session, cast.marcus)
    assert (row.preferred_name, row.safe_note) == (KEPT, KEPT)
    assert KEPT in dana.opens("/people").main
    assert KEPT in dana.opens("/people?q=%D8%A3%D9%85%D9%8A").main
    assert KEPT in reader("marcus").opens("/my-goals").main


def test_what_somebody_else_changed_meanwhile_is_shown_and_nothing_typed_is_lost(reader, cast, session):
    dana, ruth = reader("dana"), reader("ruth")
    dana.opens(EDIT.format(person=cast.marcus))
    ruth.opens(EDIT.format(person=cast.marcus))
    ruth.sends(language="Français", may_call=None)
    page = dana.sends(status=409, language="Español", safe_note=TYPED)
    assert "Somebody changed this while you were writing." in page.soup.find(id="error-summary").get_text()
    assert "As it is now Language Français We may call No" in page.main
    assert page.soup.find("input", {"name": "language"})["value"] == "Español"
    assert text_in(page, "safe_note") == KEPT
    assert (_row(session, cast.marcus).language, _row(session, cast.marcus).may_call) == ("Français", False)
    assert "Details saved." in dana.sends(may_call=None).main
    row = _row(session, cast.marcus)
    assert (row.language, row.safe_note, row.may_call, row.version) == ("Español", KEPT, False, 3)


@pytest.mark.parametrize("version", ["", "0", "-1", "nonsense", "9" * 40, "🌅\x00", None])
def test_a_version_that_is_none_counts_as_out_of_date(reader, cast, session, version):
    dana = reader("dana")
    dana.opens(EDIT.format(person=cast.marcus))
    page = dana.sends(status=409, first_name="Mine", version=version)
    assert page.soup.find("input", {"name": "first_name"})["value"] == "Mine"
    assert _row(session, cast.marcus).first_name == "Marcus"


def test_the_same_change_sent_twice_is_one_change(reader, cast, session):
    dana = reader("dana")
    form = dana.opens(EDIT.format(person=cast.marcus))
    dana.sends(language="Español")
    dana.page = form
    assert dana.sends(language="Español").url == f"/people/{cast.marcus}/details"
    assert _row(session, cast.marcus).version == 2


# ---- the person's own page ------------------------------------------------------------------------------------------


def test_an_invitation_is_shown_once_and_a_new_one_ends_it(reader, cast, session):
    dana = reader("dana")
    dana.opens(EDIT.format(person=cast.lena))
    dana.sends(email="lena@cast.example")
    page = dana.presses("Invite")
    assert page.url == f"/people/{cast.lena}/details"
    assert "No mail is set up, so hand this link over yourself. It is shown only now." in page.main
    first = page.handed_over
    assert "/invitation/" not in dana.opens(page.url).text
    assert "Lena can sign in and see goals" in dana.page.main
    assert "Lena" in reader(None).opens(first).words
    again = dana.presses("Send a new link").handed_over
    assert "This link has ended" in reader(None).opens(first, status=404).words
    reader(None).opens(again)
    made = session.scalars(sa.select(User).where(User.client_id == cast.lena)).one()
    assert (made.email, made.role_name, made.password) == ("lena@cast.example", "client", None)
    assert count(session, OneTimeLink) == 2


def test_an_invitation_is_mailed_where_that_was_agreed_and_else_handed_over(app, reader, cast, session):
    app.extensions["coachdesk"].mail_is_set_up = True
    dana = reader("dana")
    dana.opens(EDIT.format(person=cast.lena))
    dana.sends(email="lena@cast.example")
    page = dana.presses("Invite")
    assert "You have not agreed on e-mail, so hand this link over yourself." in page.main
    assert "Lena" in reader(None).opens(page.handed_over).words
    dana.opens(EDIT.format(person=cast.lena))
    dana.sends(may_email="y")
    dana.opens(f"/people/{cast.lena}/details")
    page = dana.presses("Send a new link")
    assert "An invitation is on its way to Lena." in page.main
    assert "/invitation/" not in page.text


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("", "Write down an e-mail address first."),
        ("RUTH@cast.example", "Somebody has an account with this address already."),
    ],
)
def test_nobody_is_invited_without_an_address_of_their_own(reader, cast, session, email, sentence):
    dana = reader("dana")
    dana.opens(EDIT.format(person=cast.lena))
    dana.sends(email=email)
    before = count(session, User)
    page = dana.posts(f"/people/{cast.lena}/invitation")
    assert sentence in page.soup.select_one(".care-flash").get_text()
    assert "/invitation/" not in page.main
    assert (count(session, User), count(session, OneTimeLink)) == (before, 0)


# ---- whose it is ----------------------------------------------------------------------------------------------------


def test_the_former_coach_sees_nothing_of_the_person_at_once(app, reader, cast, session):
    dana, admin, pages = reader("dana"), reader("admin"), _pages_of(app, cast.marcus)
    assert len(pages) >= 12
    for path in pages:
        dana.opens(path)
    admin.opens(f"/admin/people/{cast.marcus}/coach")
    assert "Marcus Tell has a new coach." in admin.sends(coach_id=str(cast.imani.id), earlier="everything").main
    for path in pages:
        assert "Marcus" not in dana.opens(path, status=404).text
    for path in ("/people", "/people?q=marcus", "/today", "/check-ins/new"):
        assert "Marcus" not in dana.opens(path).main
    imani = reader("imani")
    for path in pages:
        imani.opens(path)
    assert "Marcus T." in imani.opens("/people").main


@pytest.mark.parametrize("name", ["imani", "dana", "omar", "admin", "marcus", "hana"])
def test_nobody_elses_people_can_be_read_or_touched(app, reader, cast, session, name):
    someone = reader(name)
    if name == "dana":  # the former coach
        assigning.assign(session, SYSTEM, cast.marcus, cast.chris.id, now=MONDAY, today=TODAY)
        session.commit()
    before = _stands(session, cast.marcus)
    for path in _pages_of(app, cast.marcus):
        assert "Tell" not in someone.opens(path, status=404).text
    for path in ACTS:
        typed = {"first_name": "Mine", "rhythm_days": "7", "version": "1", "coach_id": str(cast.dana.id)}
        someone.posts(path.format(person=cast.marcus), status=404, **typed)
    assert _stands(session, cast.marcus) == before
    assert count(session, OneTimeLink) == 0


@pytest.mark.parametrize("name", ["admin", "marcus"])
def test_who_coaches_nobody_adds_nobody(reader, cast, session, name):
    someone = reader(name)
    someone.opens(NEW, status=404)
    someone.posts(NEW, status=404, first_name="Ada", rhythm_days="7", coach_id=str(cast.dana.id))
    assert count(session, Client) == 4


def test_an_id_slipped_into_the_form_changes_nothing(reader, cast, session):
    dana = reader("dana")
    dana.opens(EDIT.format(person=cast.marcus))
    slipped = {"id": str(cast.aisha), "client_id": str(cast.aisha), "coach_id": str(cast.imani.id)}
    dana.sends(first_name="Mine", **slipped)
    assert (_row(session, cast.marcus).first_name, _row(session, cast.aisha).first_name) == ("Mine", "Aisha")
    assert (_coach_of(session, cast.marcus), _coach_of(session, cast.aisha)) == (cast.dana.id, cast.imani.id)


@pytest.mark.parametrize("path", [NEW, *ACTS])
def test_without_a_token_or_with_anothers_nothing_is_done(reader, cast, session, path):
    session.execute(sa.update(Client).where(Client.id == cast.lena).values(email="lena@cast.example"))
    session.commit()
    before = _stands(session, cast.lena)
    stranger, dana = reader("imani"), reader("dana")
    typed = {"first_name": "Mine", "rhythm_days": "7", "version": "1", "coach_id": str(cast.dana.id)}
    for token in ({}, {"csrf_token": stranger.token}, {"csrf_token": "🌅\x00"}):
        address = path.format(person=cast.lena)
        page = dana._fetch("POST", address, status=400, follow=False, data={**token, **typed})
        assert "Nothing was changed." in page.main
    assert _stands(session, cast.lena) == before
    assert (count(session, Client), count(session, OneTimeLink)) == (4, 0)
