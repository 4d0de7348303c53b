"""What the invented people of the demo want, in their own words, and what was said about it."""

from __future__ import annotations

from dataclasses import dataclass

from coachdesk.goals.rules import Domain

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
WHYS = {
    Domain.HOME: "A kitchen is where we used to talk.",
    Domain.WORK: "I like to be needed somewhere in the morning.",
    Domain.PEOPLE: "She always laid a plate for me.",
    Domain.BODY: "I want to carry my own bags.",
    Domain.MONEY: "Opening the post should not frighten me.",
    Domain.RECOVERY: "It is easier when somebody nods.",
    Domain.COMMUNITY: "Something I planted should come up.",
    Domain.FEELINGS: "Days are better after a night.",
    Domain.LEGAL: "My sister lives where no bus goes.",
    Domain.SPIRIT: "I was happiest in the back row.",
}


@dataclass(frozen=True)
class Wish:
    """A goal with its steps; what is left out is drawn."""

    domain: Domain
    words: str
    steps: tuple[str, ...]
    why: str = ""
    done: int | None = None
    due_in: int | None = None
    """Days until the next step is due."""
    reviewed_ago: int | None = None
    """Days since it was last looked at together."""


MARCUS_GOALS = (
    Wish(
        Domain.HOME,
        "A place of my own with a door I can lock",
        (
            "Make a list of papers",
            "Collect ID papers",
            "Hand in the housing form with Dana",
            "Ring Eastside",
            "Look at the room",
        ),
        why="So that Nia can stay over at weekends.",
        done=2,
        due_in=4,
        reviewed_ago=14,
    ),
    Wish(
        Domain.PEOPLE,
        "Be at every one of Nia’s Saturday games",
        (
            "Get the game dates",
            "Tell my manager",
            "Find the bus times",
            "Go to the first game",
            "Go to the second game",
            "Ask the warehouse for early shifts on Saturdays",
        ),
        why="She looks for me in the stands.",
        done=5,
        due_in=19,
        reviewed_ago=21,
    ),
)


@dataclass(frozen=True)
class Talk:
    """What was said when a goal was looked at together; the numbers are importance, confidence and progress."""

    gone_well: str
    in_the_way: str
    numbers: tuple[int | None, int | None, int | None]
    who_helps: str = ""
    why_not_lower: str = ""
    one_up: str = ""


GOAL_REVIEWS = (
    Talk(
        "Kept going, even in the hard week.", "The evenings.", (8, 6, 4), "My brother", "I have begun.", "A quiet hour."
    ),
    Talk("I asked for help out loud.", "Waiting for letters.", (9, 5, 3), one_up="Somebody to ring with."),
    Talk("Two steps done, and one more started.", "", (7, 7, 6), "The Thursday group"),
    Talk("It still makes me smile.", "Money, mostly.", (8, 4, 3), why_not_lower="Others have done it."),
    Talk("I told my family.", "Long shifts.", (None, None, 5)),
    Talk("Not much this month, and I came anyway.", "Being tired.", (6, 5, None), "Nobody yet"),
)
