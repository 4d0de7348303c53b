"""The directory of services to connect people with."""
