"""The invented names and words of the demo. Nobody in it is real."""

from __future__ import annotations

from dataclasses import dataclass

from coachdesk.access import Role
from coachdesk.clients.rules import Pronouns
from coachdesk.goals.rules import Domain


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
PRONOUNS = {
    "Marcus": Pronouns.HE,
    "Lena": Pronouns.SHE,
    "Aisha": Pronouns.SHE,
    "Hana": Pronouns.THEY,
    "Robin": Pronouns.THEY,
    "Joel": Pronouns.HE,
    "Priya": Pronouns.SHE,
    "Kit": Pronouns.NAME,
}


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


SAFE_NOTES = (
    _safe("call text voicemail", "Evenings after six are best."),
    _safe("call text", "Text first. No names on the lock screen, please."),
    _safe("call", "Call between nine and noon; the phone is shared after that."),
    _safe("text", "Text only. Calls are hard at work."),
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
GOALS = (
    (
        Domain.HOME,
        "A kitchen where I can cook for my kids",
        ("Look at two rooms", "Ask about the deposit", "Write down what I can pay", "Ring the housing office"),
    ),
    (
        Domain.WORK,
        "Work where nobody asks about the gap",
        (
            "Write the first page of a CV",
            "Ask the library about classes",
            "Visit the job club",
            "Practise one answer out loud",
        ),
    ),
    (
        Domain.PEOPLE,
        "Sit at my mother’s table again",
        ("Send a card", "Ring on a Sunday", "Ask my brother to come along"),
    ),
    (
        Domain.BODY,
        "Walk without the stick by summer",
        ("Book the check-up", "Walk to the corner and back", "Do the stretches three mornings"),
    ),
    (
        Domain.MONEY,
        "Owe nobody anything by next winter",
        ("List what I owe", "Ring the credit union", "Put ten aside each week"),
    ),
    (
        Domain.RECOVERY,
        "Find a group that feels like mine",
        ("Visit three different meetings", "Stay for the tea afterwards", "Ask one person for a number"),
    ),
    (Domain.COMMUNITY, "Be somebody the garden counts on", ("Go on a Saturday", "Ask for a plot", "Water on weekdays")),
    (
        Domain.FEELINGS,
        "Nights that are for sleeping",
        ("Phone in the hall by ten", "Try the breathing", "Write the worry down"),
    ),
    (Domain.LEGAL, "Get my licence back", ("Find the letter", "Ask the advice centre", "Book the test")),
    (Domain.SPIRIT, "Sing again", ("Find the choir’s evening", "Listen from the back once")),
)
SERVICES = (
    ("Food pantry", "St. Brendan’s Hall", "food", "Tuesday and Friday, 10 am to 2 pm"),
    ("Community kitchen", "Riverside Table", "food", "Every day at noon"),
    ("Eastside Housing Help", "Eastside Neighbours", "housing", "Monday to Thursday, 9 am to 5 pm"),
    ("Bridge rooms", "Open Door House", "housing", "Ring any time"),
    ("Job club", "Northgate Library", "work", "Wednesday, 10 am to noon"),
    ("Second Shift", "Works Together", "work", "Weekdays, 9 am to 4 pm"),
    ("Money morning", "Harbor Credit Union", "money", "Thursday mornings"),
    ("Walk-in clinic", "Maple Street Health", "health", "Every day, 8 am to 8 pm"),
    ("Dental clinic", "Maple Street Health", "dentist", "Monday to Friday, 9 am to 3 pm"),
    ("Smile van", "County Outreach", "dentist", "First Saturday of the month"),
    ("Talking room", "Willow Counselling", "mind", "By appointment"),
    ("Evening counselling", "Lantern House", "mind", "Weekdays, 5 to 9 pm"),
    ("Sunday group", "Hillside Recovery Centre", "meeting", "Sunday, 4 pm"),
    ("Morning circle", "Hillside Recovery Centre", "meeting", "Every day at 7:30 am"),
    ("Women’s circle", "Rosewood Hall", "meeting", "Thursday, 6 pm"),
    ("Day programme", "Cedar Clinic", "treatment", "Weekdays"),
    ("Medication for recovery", "Cedar Clinic", "treatment", "By appointment"),
    ("Advice centre", "Law for Neighbours", "legal", "Tuesday and Thursday afternoons"),
    ("Family visits", "Together Again", "family", "By appointment"),
    ("Parents’ evening", "Together Again", "family", "Monday, 6 pm"),
    ("Bus pass scheme", "City Transport", "transport", "Weekdays, 9 am to 4 pm"),
    ("Evening classes", "Northgate Library", "learning", "Autumn and spring"),
    ("ID clinic", "City Hall", "papers", "Friday mornings"),
    ("Clothes rail", "St. Brendan’s Hall", "other", "Saturday, 10 am to 1 pm"),
    ("Garden plots", "Green Acre", "other", "Weekends"),
)
STREETS = ("Mill Lane", "Harbor Street", "Second Avenue", "Orchard Road", "Station Road")
REMINDERS = (
    "Ask how the first day at work went.",
    "Send the class timetable.",
    "Bring the bus pass form.",
    "Ask about the letter from the landlord.",
)
KIND_WORDS = (
    "You slowed down and let her choose the next step. That is the work. Thank you.",
    "Good listening. The plan is theirs, and it shows.",
    "A clear, warm note. Anybody could pick this up from here.",
)
