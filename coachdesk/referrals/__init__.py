"""Referrals: connecting a person with a service and following it up."""
