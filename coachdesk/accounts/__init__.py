"""Who can sign in: accounts, invitations, teams, sign-in."""
