"""`python -m coachdesk.cli`, as the supervisor starts its parts."""

from coachdesk.cli import main

if __name__ == "__main__":
    main()
