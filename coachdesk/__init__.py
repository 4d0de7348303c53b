"""CoachDesk: the recovery coach's desk.

Entrances: cli, scheduler, demo, factory. Foundations: web, audit, access, db, notify, clock, config, words.
Rooms, from the ground up: organisation, accounts, drafts, clients, goals, safety, visits, resources, checkins,
referrals, reminders. Audience rooms, composed from the rooms below: desk, supervision, portal, admin.
Arrows run downwards only; `lint-imports` holds them to it.
"""
