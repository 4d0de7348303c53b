"""The invented names and words of the demo. Nobody in it is real."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from coachdesk.access import Role
from coachdesk.clients.rules import Pronouns
from coachdesk.referrals.rules import Status
from coachdesk.resources.rules import Need
from coachdesk.visits.rules import Channel, Repeat


@dataclass(frozen=True)
class Safe:
    """How somebody may be reached."""

    may_call: bool
    may_text: bool
    may_voicemail: bool
    note: str


STAFF = (
    ("ruth", "Ruth", "Mbeki", Role.SUPERVISOR),
    ("omar", "Omar", "Haddad", Role.SUPERVISOR),
    ("dana", "Dana", "Osei", Role.COACH),
    ("imani", "Imani", "Moss", Role.COACH),
    ("yusuf", "Yusuf", "Sayed", Role.COACH),
    ("chris", "Chris", "Bell", Role.COACH),
    ("admin", "Grace", "Lund", Role.ADMINISTRATOR),
)
TEAMS = {"Hillside": ("ruth", "dana", "imani", "yusuf"), "Riverside": ("omar", "chris")}
REVIEWED = (("dana", "ruth", 1), ("imani", "ruth", 2), ("yusuf", "ruth", 1), ("chris", "omar", 2))
"""A coach, who reads their check-ins, and how many of those wait."""
_HE = (
    "Marcus Joel Sam Ben Tomas Reggie Walt Tom Carlos Eli Gus Idris Kofi Lou Minh Otis Sol Arlo Cal Ezra Grant Ike Leo"
)
PRONOUNS = {
    **dict.fromkeys(_HE.split(), Pronouns.HE),
    **dict.fromkeys(("Hana", "Robin", "Quinn", "Jas"), Pronouns.THEY),
    **dict.fromkeys(("Kit", "Paz"), Pronouns.NAME),
}
"""Everybody else: she/her."""
OUT_OF_TOUCH: dict[str, tuple[int, tuple[int, ...]]] = {
    "Lena": (10, (7, 1)),
    "Tom": (21, (4,)),
    "Hana": (12, (4,)),
    "Cal": (11, (4,)),
    "Holly": (16, (4,)),
}
"""Days since somebody was last reached, and the days since each try; all of them speak weekly."""
NEVER_REACHED = frozenset({"Sol", "Robin"})
CHECK_INS_ONLY = frozenset({"Ben", "Nia"})
"""Assigned a few days ago, and not yet spoken with."""


def _names(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name.split(" ")[0], name.split(" ")[1]) for name in text.split(", "))


PEOPLE = {
    "dana": _names(
        "Marcus Tell, Lena Ortiz, Joel Reyes, Priya Nair, Sam Wills, Ben Foster, Maya Adeyemi, Nora Quist, "
        "Tomas Vega, Ivy Chandler, Reggie Stone, Kit Amari, Delphine Roux, Walt Hooper"
    ),
    "imani": _names(
        "Aisha Khan, Tom Grady, Bea Lindqvist, Carlos Mena, Dot Farrow, Eli Strand, Faye Morrow, Gus Pell, "
        "Hetty Blume, Idris Cole, June Takeda, Kofi Baah"
    ),
    "yusuf": _names(
        "Lou Marchetti, Minh Tran, Nell Ashby, Otis Greer, Paz Duarte, Quinn Harlow, Rosa Winter, Sol Abrams"
    ),
    "chris": _names(
        "Hana Vale, Arlo Finch, Bridget Shaw, Cal Donovan, Dee Marlow, Ezra Lamb, Flo Benning, Grant Oyelaran, "
        "Holly Pike, Ike Turnbull, Jas Kohli, Kara Novak, Leo Santana, Mina Sandoval, Robin Teague"
    ),
}


def _safe(ways: str, note: str) -> Safe:
    return Safe("call" in ways, "text" in ways, "voicemail" in ways, note)


MARCUS_SAFE = _safe(
    "call text", "Text first, from your work phone. His sister Ana may answer; do not say who you work for."
)
SAFE_NOTES = (
    _safe("call text voicemail", "Evenings after six are best."),
    _safe("call text", "Text first. No names on the lock screen, please."),
    _safe("call", "Call between nine and noon; the phone is shared after that."),
    _safe("text", "Calls are hard at work."),
    _safe("call text", "A daughter may answer. Just say “a friend”."),
    _safe("call text voicemail", ""),
)
NOTES = (
    "Sleeping better. Walked by the river twice this week and wants to keep that up.",
    "A hard weekend. Called a friend on Saturday night and went to the Sunday group.",
    "Talked through the week ahead. The new shift starts Thursday and there is a plan for the bus.",
    "Feeling proud: cooked for the family for the first time in a long while.",
    "Worried about money. We wrote down what comes in and what goes out, side by side.",
    "Went to a first meeting, sat near the door, left early, and wants to go again.",
    "Quiet today. Said that being listened to was enough.",
    "A return to use on Wednesday, told in their own words. Back at the group the next day. We agreed a call each evening.",
    "Good news from the clinic. Less pain, more sleep.",
    "Rang the landlord together. The letter will come next week.",
    "Missing home. We spoke about people who would notice, and named three.",
    "Laughed a lot. The garden plot is theirs from the first of the month.",
    "Tired, and glad to have kept the appointment anyway.",
    "Practised what to say to an old friend who might call.",
    "The class began. Nervous before, lighter after.",
    "Asked for help filling in the form. We did page one and two.",
    "Told me about a good cup of tea with a neighbour. Small things count.",
    "The first pay came. Put some aside before anything else.",
    "Hard to talk today, so we walked around the block instead.",
    "Two nights without much sleep. We wrote down what has helped before.",
    "Went past the old street and kept walking. Glad to have told somebody.",
    "Took the bus alone for the first time in a year.",
    "A letter from family. We read it twice and left the answer for Sunday.",
    "Thirty days at the new place. The plants on the sill are doing well.",
    "Cravings in the evenings. Made a short list of people to ring, and put it by the door.",
    "Saw the doctor and asked every question on the list.",
    "Wants more time with the children. We looked at what the court letter asks for.",
    "Felt left out at work. Found the words for talking to the manager.",
    "Said no to an invitation and felt steady afterwards.",
    "Nothing new, and that is good news this month.",
    "Rain all week and low spirits. The group on Thursday helped.",
    "Finished the first library book in years and has begun another.",
)
MARCUS_NOTES = (
    (7, 4, "Sleeping through most nights. Worried about the housing form, so we read it together."),
    (14, 2, "A hard weekend. Marcus called his sponsor on Saturday night and went to the Sunday group."),
    (21, 4, "Saturday’s game was a good day. Nia saw him in the stands."),
    (28, 4, "The ID papers came. One less thing to carry."),
    (35, 2, "Short on sleep. We looked at what helps before midnight."),
    (42, 3, "Steady. Wants to ask about early shifts when the time is right."),
    (49, 2, "Missed the bus twice and still got there. We looked for a pass."),
    (56, 3, "Made the list of papers for the housing form."),
)
PLACES = ("Riverside Park, by the bench", "Hillside Recovery Centre", "Northgate Library", "The diner on Mill Lane")
MARCUS_PLACE = "Central Library café, ground floor"
MARCUS_REFERRALS = (
    ("Eastside Housing Help", Status.ACCEPTED, 11),
    ("Bus pass scheme", Status.CONNECTED, 20),
    ("Dental clinic", Status.SENT, 9),
)
SERVICES = (
    ("Food pantry", "St. Brendan’s Hall", Need.FOOD, "Tuesday and Friday, 10 am to 2 pm"),
    ("Community kitchen", "Riverside Table", Need.FOOD, "Every day at noon"),
    ("Eastside Housing Help", "Eastside Neighbours", Need.HOUSING, "Monday to Thursday, 9 am to 5 pm"),
    ("Bridge rooms", "Open Door House", Need.HOUSING, "Ring any time"),
    ("Job club", "Northgate Library", Need.WORK, "Wednesday, 10 am to noon"),
    ("Second Shift", "Works Together", Need.WORK, "Weekdays, 9 am to 4 pm"),
    ("Money morning", "Harbor Credit Union", Need.MONEY, "Thursday mornings"),
    ("Walk-in clinic", "Maple Street Health", Need.HEALTH, "Every day, 8 am to 8 pm"),
    ("Dental clinic", "Maple Street Health", Need.DENTIST, "Monday to Friday, 9 am to 3 pm"),
    ("Smile van", "County Outreach", Need.DENTIST, "First Saturday of the month"),
    ("Talking room", "Willow Counselling", Need.MIND, "By appointment"),
    ("Evening counselling", "Lantern House", Need.MIND, "Weekdays, 5 to 9 pm"),
    ("Sunday group", "Hillside Recovery Centre", Need.MEETING, "Sunday, 4 pm"),
    ("Morning circle", "Hillside Recovery Centre", Need.MEETING, "Every day at 7:30 am"),
    ("Women’s circle", "Rosewood Hall", Need.MEETING, "Thursday, 6 pm"),
    ("Day programme", "Cedar Clinic", Need.TREATMENT, "Weekdays"),
    ("Medication for recovery", "Cedar Clinic", Need.TREATMENT, "By appointment"),
    ("Advice centre", "Law for Neighbours", Need.LEGAL, "Tuesday and Thursday afternoons"),
    ("Family visits", "Together Again", Need.FAMILY, "By appointment"),
    ("Parents’ evening", "Together Again", Need.FAMILY, "Monday, 6 pm"),
    ("Bus pass scheme", "City Transport", Need.TRANSPORT, "Weekdays, 9 am to 4 pm"),
    ("Evening classes", "Northgate Library", Need.LEARNING, "Autumn and spring"),
    ("ID clinic", "City Hall", Need.PAPERS, "Friday mornings"),
    ("Clothes rail", "St. Brendan’s Hall", Need.OTHER, "Saturday, 10 am to 1 pm"),
    ("Garden plots", "Green Acre", Need.OTHER, "Weekends"),
)
STREETS = ("Mill Lane", "Harbor Street", "Second Avenue", "Orchard Road", "Station Road")
REPEATING = (
    ("Priya", Repeat.WEEKLY, (1, 3), dt.time(10), 30, Channel.CALL, ""),
    ("Nora", Repeat.MONTHLY_WEEKDAY, (4,), dt.time(14, 30), 60, Channel.IN_PERSON, "Northgate Library"),
    ("Aisha", Repeat.WEEKLY, (2,), dt.time(11), 45, Channel.VIDEO, ""),
)
"""Who speaks again and again: how, on which weekdays (Monday is 0), at what time, for how many minutes, how and where."""
REMINDERS = (
    ("Joel", 0, "Ask how the first day at work went."),
    ("Maya", 1, "Send the class timetable."),
    ("Ben", 3, "Bring the bus pass form."),
    ("Nora", 5, "Ask about the letter from the landlord."),
)
"""Whom it is about, in how many days, and what."""
DRAFTS = {
    "Joel": {"how": ["call"], "when": ["now"], "note": ["First day went well. The bus was late and he"]},
    "Priya": {"how": ["in_person"], "when": ["today"], "weather": ["4"], "note": ["Opened the account together."]},
}
KIND_WORDS = (
    "You slowed down and left the next step to them. That is the work. Thank you.",
    "Good listening. The plan is theirs, and it shows.",
    "A clear, warm note. Anybody could pick this up from here.",
)
